"""Requests on their way: asked, begun under a team's lease, taken up again after a kill, settled when they end.

Opening teams, resuming and asking happen one after the other. What a run is, and its rows, are in ``runs``.
"""

from __future__ import annotations

import asyncio

import msgspec

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.policy.gate import PermissionRequest
from loomkin_jupyter.store.runs import RunRecord
from loomkin_jupyter.teams.quiet import RunOutcome
from loomkin_jupyter.teams.team import Team
from loomkin_jupyter.workspace.mentions import addressed, check_mentions
from loomkin_jupyter.workspace.options import RunOptions, check_options
from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.resume import prepare_resume
from loomkin_jupyter.workspace.runs import Run
from loomkin_jupyter.workspace.teams import Teams

OWN_MODELS = "loomkin/"
PLAYBOOK_CODE = ("kernel_eval", "python_run")


class Requests:
    """The requests of one workspace."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.teams = Teams(parts, self.ended)
        # Two faces may ask for the same new team at once.
        self._opening = asyncio.Lock()

    async def ask(self, request: str, options: RunOptions | None = None) -> Run:
        """Give the team a request; return at once with the run.

        A request to a team that is busy waits its turn. A run that a dead process left behind is ended as stopped: its
        tasks, memory and graph stay; ``resume`` instead of ``ask`` goes on with it.

        :raises LoomkinError: for wrong options, an unknown model, or a team that another process runs.
        """
        options = options or RunOptions()
        check_options(options)
        self.teams.check_roles(options.roles)
        options = msgspec.structs.replace(options, to=",".join(await self._asked(request, options)))
        settings = self._parts.settings
        usd = options.budget_usd if options.budget_usd is not None else float(settings["budget.run_usd"])
        run = self._parts.runs.new(request, options, usd, None)
        await self._parts.look_at_variables()
        async with self._opening:
            left = await self._interrupted(options.team)
            team = await self.teams.take(options.team)
            for record in left:
                await self._give_up(team, record)
            await self._begin(run)
            try:
                await self.teams.staff(team, run)
                await self._allow_own_code(run)
                await team.ask(run.id, run.request, lambda tx: self._parts.runs.write(tx, run), to=run.options.names)
            except BaseException:
                self._forget(run)
                raise
        return run

    async def _asked(self, request: str, options: RunOptions) -> tuple[str, ...]:
        """Return whom a request is given to, () for the lead: those named in ``to``, or mentioned as ``@name``.

        :raises UsageError: for a name that nobody has.
        """
        known = list(dict.fromkeys([*await self.teams.known(options.team), *options.roles]))
        for name in options.names:
            if name not in known:
                raise UsageError(
                    f"There is no agent {name!r} in team {options.team}.{nearest(name, known)}",
                    f"Agents: {', '.join(known) or 'none yet'}.",
                )
        if not self._parts.kernel.live:  # a notebook has looked already: it knows cells, and names that are hidden here
            check_mentions(request, known, self._parts.kernel.names(), self._parts.root)
        return options.names or addressed(request, known)

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
            await self._parts.gate.granted.load()
            await self._parts.gate.granted.make(request, "pattern: *", run=run.id)

    async def _begin(self, run: Run) -> None:
        await self._parts.budget.open_run(run.id, usd=run.options.budget_usd)
        self._parts.runs.add(run)

    def _forget(self, run: Run) -> None:
        """A run that could not begin leaves nothing behind."""
        self._parts.runs.drop(run.id)
        self._parts.budget.close_run(run.id)

    async def _interrupted(self, team: str) -> list[RunRecord]:
        """Return what a dead process left running, its leftovers killed, before the team is loaded."""
        left = [] if team in self.teams.open else await self._parts.runs.interrupted(team)
        if left:
            await self.teams.lease(team)
            await prepare_resume(self._parts, team)
        return left

    async def _give_up(self, team: Team, record: RunRecord) -> None:
        """End a run that a dead process left: a new request was made instead."""
        await team.abandon(record.id)
        await self._parts.questions.close_all(run=record.id, reason="The run was given up.")
        reason = "Its process ended before it was done, and a new request was made."
        await self._parts.runs.finish(record.id, team.name, "stopped", "", reason)

    async def resume(self, team: str = "main") -> Run | None:
        """Go on with what a dead process left: same team, tasks, queue, graph and terms; None when nothing was open.

        :raises LoomkinError: when another process runs the team.
        """
        async with self._opening:
            left = await self._parts.runs.interrupted(team)
            if not left:
                return self._running(team)
            await self.teams.lease(team)
            lost = (await prepare_resume(self._parts, team)).lost_variables
            runs = [self._parts.runs.revive(record) for record in left]
            try:
                for run in runs:
                    await self._begin(run)
                found = await self.teams.take(team)
                for run in runs:
                    await self.teams.staff(found, run)
                await _tell_lost(found, lost, runs[-1].id)
                for run in runs:
                    self._parts.questions.expect(run.id)
                    found.follow(run.id, run.options.names)
            except BaseException:
                for run in runs:
                    self._forget(run)
                raise
            return runs[-1]

    def _running(self, team: str) -> Run | None:
        current = self._parts.runs.current(team)
        return current[-1] if current else None

    async def data_of_open_runs(self, team: str = "main") -> dict[str, str]:
        """Return what ``--data`` named for the interrupted runs, so that it can be loaded again."""
        data: dict[str, str] = {}
        for record in await self._parts.runs.interrupted(team):
            data.update(msgspec.convert(record.options, RunOptions).data)
        return data

    async def ended(self, outcome: RunOutcome) -> None:
        """End a run: its account is committed, its grants, questions and money are settled."""
        known = self._parts.runs.get(outcome.run)
        team = known.team if known is not None else "main"
        await self._parts.questions.close_all(run=outcome.run, reason="The run has ended.")
        await self._parts.recorder.settle()
        await self._parts.runs.finish(outcome.run, team, outcome.status, outcome.answer, outcome.reason)
        try:
            await self._parts.recorder.settle()  # the outcome is in the graph
            await self._parts.gate.end_run(outcome.run)
            self._parts.release.end_run(outcome.run)
            self._parts.budget.close_run(outcome.run)
        finally:
            # The end is committed: whatever fails after it, nobody is left waiting.
            self._parts.runs.told(outcome.run)
        if team in self.teams.open:
            self.teams.open[team].wake_all()


async def _tell_lost(team: Team, lost: list[str], run: str) -> None:
    """Tell the lead, once, which of the user's variables went with the process that had them."""
    if lost:
        text = (
            f"The process was started again. These variables of before are gone: {', '.join(lost)}. "
            "Look with kernel_variables before you rely on them; ask the user to run their cells again, or load them anew."
        )
        await team.comms.post([team.comms.envelope(team.roster.lead, text, run=run)])
