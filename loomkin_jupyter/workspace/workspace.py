"""One open workspace: what faces talk to. Asks, stops, answers, resumes; starts nothing that it does not end.

Everything here runs on the portal's loop. Concrete parts come from ``build.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import LoomkinError, StoreError, UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.policy.gate import Gate, PermissionRequest
from loomkin_jupyter.project.settings import Settings
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.store import settings as setting_rows
from loomkin_jupyter.store.runs import RunRecord
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.quiet import RunOutcome
from loomkin_jupyter.teams.team import Team
from loomkin_jupyter.workspace.commands import run_command
from loomkin_jupyter.workspace.door import Door
from loomkin_jupyter.workspace.options import RunOptions, check_options
from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.questions import Questions
from loomkin_jupyter.workspace.resume import prepare_resume
from loomkin_jupyter.workspace.runs import Run
from loomkin_jupyter.workspace.undo import undo_last
from loomkin_jupyter.workspace.watchdog import Watchdog

_WATCH_S = 5.0
OWN_MODELS = "loomkin/"
PLAYBOOK_CODE = ("kernel_eval", "python_run")


class Workspace:
    """The faces' view of everything one project has open."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.teams: dict[str, Team] = {}
        self._door = Door(parts.root / ".loomkin", self.command)
        self._watchdog = Watchdog(parts.clock, lambda: float(parts.settings["watchdog.stalled_s"]))
        self._closed = False
        # Opening teams, resuming and asking one after the other: two faces may ask for the same new team at once.
        self._opening = asyncio.Lock()

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.parts.root

    @property
    def id(self) -> str:
        """The workspace's id, the same for every process that opens it."""
        return self.parts.workspace_id

    @property
    def bus(self) -> Bus:
        """Where its signals are heard."""
        return self.parts.bus

    @property
    def store(self) -> Store:
        """Its database."""
        return self.parts.store

    @property
    def clock(self) -> Clock:
        """Its time."""
        return self.parts.clock

    @property
    def graph(self) -> Graph:
        """Its decisions."""
        return self.parts.graph

    @property
    def gate(self) -> Gate:
        """Its permissions."""
        return self.parts.gate

    @property
    def questions(self) -> Questions:
        """What waits for a person."""
        return self.parts.questions

    @property
    def settings(self) -> Settings:
        """Its settings as they hold now."""
        return self.parts.settings

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Begin: listeners, timers and the local door. Called once, by ``build.py``."""
        self.bus.listen(self._watchdog)
        self.parts.schedule.every(_WATCH_S, self._watch, name="watchdog")
        try:
            await self._door.open()
        except OSError as failed:
            self._notice(f"Other terminals cannot command this team: {failed}.")

    async def close(self) -> None:
        """Stop agents (their work stays and can be resumed), close processes, threads and files. Safe to call twice.

        What fails on the way does not keep the rest open; the first failure is raised at the end.
        """
        if self._closed:
            return
        self._closed = True
        parts = self.parts
        async with contextlib.AsyncExitStack() as last_first:
            last_first.push_async_callback(self.store.close)
            last_first.push_async_callback(parts.models.close)
            last_first.push_async_callback(self._tell_closed)
            last_first.push_async_callback(parts.recorder.settle)
            last_first.callback(parts.let_go)
            for team in self.teams.values():
                last_first.push_async_callback(team.close)
            last_first.push_async_callback(parts.schedule.close)
            last_first.push_async_callback(self._door.close)

    async def _tell_closed(self) -> None:
        try:
            await self.store.transact(lambda tx: tx.emit(s.WorkspaceClosed()))
        except StoreError:
            pass  # a lost lease or a full disk was told to whoever wrote before; closing goes on

    # --- requests -----------------------------------------------------------------------------------------------------

    async def ask(self, request: str, options: RunOptions | None = None) -> Run:
        """Give the team a request; return at once with the run.

        A request to a team that is busy waits its turn. A run that a dead process left behind is ended as stopped: its
        tasks, memory and graph stay; ``resume`` instead of ``ask`` goes on with it.

        :raises LoomkinError: for wrong options, an unknown model, or a team that another process runs.
        """
        options = options or RunOptions()
        check_options(options)
        self._check_roles(options)
        settings = self.settings
        usd = options.budget_usd if options.budget_usd is not None else float(settings["budget.run_usd"])
        run = self.parts.runs.new(request, options, usd, None)
        await self.parts.look_at_variables()
        async with self._opening:
            left = await self._interrupted(options.team)
            team = await self.team(options.team)
            for record in left:
                await self._give_up(team, record)
            await self._begin(run)
            try:
                await self._ensure_lead(team, run)
                await self._allow_own_code(run)
                await team.ask(run.id, run.request, lambda tx: self.parts.runs.write(tx, run))
            except BaseException:
                self._forget(run)
                raise
        return run

    async def _allow_own_code(self, run: Run) -> None:
        """Let a bundled playbook run its own code under autonomous: people wrote it, no language model did.

        A grant of this run only, so that it stands in the audit like any other, and ends with the run.
        """
        if not run.tiers.default.startswith(OWN_MODELS) or run.policy.preset != "autonomous":
            return
        for tool in PLAYBOOK_CODE:
            request = PermissionRequest(
                call="", agent="", role="", team=run.team, run=run.id, tool=tool, kind="execute"
            )
            await self.gate.granted.load()
            await self.gate.granted.make(request, "pattern: *", run=run.id)

    async def _begin(self, run: Run) -> None:
        await self.parts.budget.open_run(run.id, usd=run.options.budget_usd)
        self.parts.runs.add(run)

    def _forget(self, run: Run) -> None:
        """A run that could not begin leaves nothing behind."""
        self.parts.runs.drop(run.id)
        self.parts.budget.close_run(run.id)

    async def _interrupted(self, team: str) -> list[RunRecord]:
        """Return what a dead process left running, its leftovers killed, before the team is loaded."""
        left = [] if team in self.teams else await self.parts.runs.interrupted(team)
        if left:
            await self._lease(team)
            await prepare_resume(self.parts, team)
        return left

    async def _give_up(self, team: Team, record: RunRecord) -> None:
        """End a run that a dead process left: a new request was made instead."""
        await team.abandon(record.id)
        await self.questions.close_all(run=record.id, reason="The run was given up.")
        reason = "Its process ended before it was done, and a new request was made."
        await self.parts.runs.finish(record.id, team.name, "stopped", "", reason)

    async def resume(self, team: str = "main") -> Run | None:
        """Go on with what a dead process left: same team, tasks, queue, graph and terms; None when nothing was open.

        :raises LoomkinError: when another process runs the team.
        """
        async with self._opening:
            left = await self.parts.runs.interrupted(team)
            if not left:
                return self._running(team)
            await self._lease(team)
            await prepare_resume(self.parts, team)
            runs = [self.parts.runs.revive(record) for record in left]
            try:
                for run in runs:
                    await self._begin(run)
                found = await self.team(team)
                for run in runs:
                    await self._ensure_lead(found, run)
                    found.follow(run.id)
            except BaseException:
                for run in runs:
                    self._forget(run)
                raise
            return runs[-1]

    def _running(self, team: str) -> Run | None:
        current = self.parts.runs.current(team)
        return current[-1] if current else None

    async def data_of_open_runs(self, team: str = "main") -> dict[str, str]:
        """Return what ``--data`` named for the interrupted runs, so that it can be loaded again."""
        data: dict[str, str] = {}
        for record in await self.parts.runs.interrupted(team):
            data.update(msgspec.convert(record.options, RunOptions).data)
        return data

    async def team(self, name: str) -> Team:
        """Return the team of that name, taking its lease and loading it the first time (one caller at a time).

        :raises StoreError: when another process runs it.
        """
        team = self.teams.get(name)
        if team is None:
            await self._lease(name)
            team = Team(name, self.parts.kit, ended=self._ended)
            try:
                await team.open()
            except BaseException:
                await team.close()
                raise
            self.teams[name] = team
        return team

    async def _lease(self, team: str) -> None:
        await self.store.take_lease(team, "a notebook kernel" if self.parts.kernel.live else "the command line")

    async def _ensure_lead(self, team: Team, run: Run) -> None:
        if not team.roster.lead:
            await team.seats.start(AgentSpec(role="lead", lead=True, run=run.id))
        for role in run.options.roles:
            if not any(agent.own_role.name == role for agent in team.roster.living()):
                await team.seats.start(AgentSpec(role=role, run=run.id))

    def _check_roles(self, options: RunOptions) -> None:
        roles = self.parts.kit.roles
        for role in options.roles:
            if role not in roles:
                raise UsageError(
                    f"There is no role {role!r}.{nearest(role, roles)}", f"Roles: {', '.join(sorted(roles))}."
                )

    async def _ended(self, outcome: RunOutcome) -> None:
        """End a run: its account is committed, its grants, questions and money are settled."""
        known = self.parts.runs.get(outcome.run)
        team = known.team if known is not None else "main"
        await self.questions.close_all(run=outcome.run, reason="The run has ended.")
        await self.parts.recorder.settle()
        await self.parts.runs.finish(outcome.run, team, outcome.status, outcome.answer, outcome.reason)
        await self.gate.end_run(outcome.run)
        self.parts.release.end_run(outcome.run)
        self.parts.budget.close_run(outcome.run)
        if team in self.teams:
            self.teams[team].wake_lead()

    # --- levers -------------------------------------------------------------------------------------------------------

    async def command(self, command: JsonObject) -> JsonObject:
        """Carry out one command of a face; never raises."""
        return await run_command(self, command)

    async def stop(self, run: str, reason: str) -> str:
        """Stop a run, or every running one; what was done stays."""
        runs = [r for r in self.parts.runs.current() if not run or r.id == run]
        if not runs:
            return "Nothing is running."
        for one in runs:
            team = self.teams.get(one.team)
            if team is not None:
                await self.questions.close_all(run=one.id)
                await team.stop_run(one.id, reason)
        return f"Stopped {len(runs)} run{'s' if len(runs) > 1 else ''}."

    async def stop_agent(self, agent: str, reason: str) -> str:
        """Stop what one agent is doing; it stays in the team. Stopping the lead ends its run."""
        team = self._team_of(agent)
        await self.questions.close_all(agent=agent, reason="The agent was stopped.")
        stopped = await team.levers.stop_turn(agent, reason)
        return f"{agent} stopped what it was doing." if stopped else f"{agent} was not doing anything."

    async def pause(self, agent: str, reason: str) -> list[str]:
        """Pause an agent, or everybody; return their names."""
        return [
            await self._team_of(name).levers.pause(name, reason or "paused by the user") for name in self._names(agent)
        ]

    async def unpause(self, agent: str, guidance: str) -> list[str]:
        """Let an agent, or everybody, go on, with a word of guidance if there is one."""
        return [await self._team_of(name).levers.resume(name, guidance) for name in self._names(agent)]

    async def steer(self, agent: str, text: str) -> str:
        """Give a working agent guidance that it reads at its next checkpoint."""
        return (await self._team_of(agent).levers.steer(agent, text)).state

    async def schedule(self, agent: str, text: str, due: float) -> str:
        """Leave a message that an agent reads at ``due`` (seconds since the epoch), restarts included; return its id."""
        return await self._team_of(agent).levers.schedule(agent, text, due)

    async def message(self, agent: str, text: str) -> str:
        """Send a message of the user to an agent."""
        receipt = await self._team_of(agent).comms.send("user", agent, text, kind="message", run=self._run_of(agent))
        return receipt.note or receipt.state

    async def edit_message(self, message: str, text: str) -> None:
        """Change a waiting message."""
        await self._team_with(message).comms.edit(message, text)

    async def delete_message(self, message: str) -> None:
        """Take a waiting message away."""
        await self._team_with(message).comms.delete(message)

    async def move_message(self, message: str, by: int) -> None:
        """Move a waiting message ``by`` places (negative: earlier) in its queue."""
        team = self._team_with(message)
        for agent in team.roster.agents.values():
            ids = [e.id for e in agent.inbox.waiting()]
            if message in ids:
                await team.comms.move(message, max(0, min(len(ids) - 1, ids.index(message) + by)))

    async def undo(self, path: str, by: str) -> str:
        """Take back the newest change of ``path``, or of any file."""
        return await undo_last(self.store, self.root, path, by)

    async def trust_folder(self, *, revoke: bool = False) -> str:
        """Trust the project's control files as they are now, or take the trust back."""
        if revoke:
            self.parts.trust.distrust(self.root)
        else:
            self.parts.trust.trust(self.root)
        self.parts.reload()
        if revoke:
            return f"{self.root} is not trusted any more: its files may only tighten."
        return f"{self.root} is trusted: its LOOMKIN.md and .loomkin.toml count, until they change."

    async def change_setting(self, key: str, value: Any) -> str:
        """Keep a setting for this workspace (None: forget it) and put it into force."""
        if key not in BY_KEY:
            raise UsageError(f"There is no setting {key}.{nearest(key, BY_KEY)}", "loomkin doctor lists all of them.")

        def work(tx: Tx) -> None:
            if value is None:
                setting_rows.remove(tx, key)
            else:
                setting_rows.put(tx, key, value, "workspace")
            tx.emit(s.SettingChanged(key=key, value="" if value is None else str(value), source="workspace"))

        if value is not None:
            check_setting(key, value)
        await self.store.transact(work)
        if value is None:
            self.parts.stored.pop(key, None)
        else:
            self.parts.stored[key] = value
        self.parts.reload()
        return f"{key} is {self.settings[key]!r} (from {self.settings.source(key)})."

    # --- looking ------------------------------------------------------------------------------------------------------

    def statistics(self) -> JsonObject:
        """Return what panels and doctor show, part by part."""
        parts = self.parts
        return {
            "root": str(self.root),
            "sandbox": {"kind": parts.sandbox.kind, "reason": parts.sandbox.reason},
            "store": parts.store.statistics(),
            "bus": parts.bus.statistics(),
            "graph": parts.graph.statistics(),
            "runs": dict(parts.runs.statistics()),
            "questions": parts.questions.statistics(),
            "gate": parts.gate.statistics(),
            "budget": parts.budget.statistics(),
            "tools": parts.toolbox.statistics(),
            "teams": {name: team.statistics() for name, team in self.teams.items()},
        }

    def describe_settings(self) -> list[Mapping[str, Any]]:
        """Return every setting with its value and source."""
        return [msgspec.to_builtins(value, enc_hook=str) for value in self.settings.all()]

    def questions_open(self) -> int:
        """Return how many questions wait for a person."""
        return len(self.questions.open())

    def _watch(self) -> None:
        for stalled in self._watchdog.look():
            self.store.transact_nowait(lambda tx, signal=stalled: tx.emit(signal))

    def _notice(self, text: str) -> None:
        self.store.transact_nowait(lambda tx: tx.emit(s.LogWritten(text=text)))

    def _names(self, agent: str) -> list[str]:
        if agent:
            return [agent]
        return [a.name for team in self.teams.values() for a in team.roster.living()]

    def _run_of(self, agent: str) -> str:
        return self._team_of(agent).roster.agents[agent].run_id

    def _team_of(self, agent: str) -> Team:
        for team in self.teams.values():
            if agent in team.roster.agents:
                return team
        names = [name for team in self.teams.values() for name in team.roster.agents]
        raise LoomkinError(
            f"There is no agent {agent!r}.{nearest(agent, names)}", f"Agents: {', '.join(names) or 'none yet'}."
        )

    def _team_with(self, message: str) -> Team:
        for team in self.teams.values():
            if any(e.id == message for a in team.roster.agents.values() for e in a.inbox.waiting()):
                return team
        raise LoomkinError("That message no longer waits: it was read or deleted.", "Send a new message instead.")


def check_setting(key: str, value: Any) -> None:
    """Raise UsageError when ``value`` is not valid for ``key``."""
    from loomkin_jupyter.project.settings_file import check_value

    _, wrong = check_value(BY_KEY[key], value)
    if wrong:
        raise UsageError(f"{key} {wrong}.", f"{BY_KEY[key].help}.")
