"""The team as its own agents know it (the TeamPort): what they are told, what they may take, how they report back.

Answers from the team's parts and keeps nothing itself. Starts and stops nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from loomkin_jupyter.agents.kit import Kit, TurnEnd
from loomkin_jupyter.agents.prompt import Surroundings, Teammate
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.carried import CarriedRuns
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.context import Desk
from loomkin_jupyter.teams.endings import Endings
from loomkin_jupyter.teams.quiet import Quiet
from loomkin_jupyter.teams.roster import Roster
from loomkin_jupyter.teams.tasks import Tasks
from loomkin_jupyter.tools.context import ToolContext


class OwnTeam:
    """One for all agents of a team. ``purpose`` is what the team is for, where an agent has no purpose of its own."""

    def __init__(
        self, kit: Kit, purpose: str, roster: Roster, tasks: Tasks, comms: Comms, quiet: Quiet, carried: CarriedRuns,
        endings: Endings, desk: Desk,
    ) -> None:  # fmt: skip
        self._kit = kit
        self._purpose = purpose
        self._roster = roster
        self._tasks = tasks
        self._comms = comms
        self._quiet = quiet
        self._carried = carried
        self._endings = endings
        self._desk = desk

    @property
    def name(self) -> str:
        """The team's name."""
        return self._roster.team

    # --- what they are told -------------------------------------------------------------------------------------------

    def surroundings(self, agent: str, run: str) -> Surroundings:
        """Return what an agent's prompt tells of the world."""
        living = self._roster.living()
        mates = [Teammate(a.name, a.own_role.name, a.own_role.summary) for a in living if a.name != agent]
        open_tasks = [view for view in self._tasks.plan.open() if view.owner == agent and view.status != "blocked"]
        kit = self._kit
        return Surroundings(
            team=self.name,
            teammates=mates,
            purpose=self._roster.agents[agent].spec.purpose or self._purpose,
            lead=self._roster.lead,
            rules=kit.rules(),
            decisions=kit.decisions(run),
            variables=kit.variables(),
            notebook=kit.notebook_text(),
            tasks="\n".join(f"- {view.handle}: {view.title} ({view.status})" for view in open_tasks),
        )

    def orchestrating(self, agent: str) -> bool:
        """Return whether the agent is a lead with specialists."""
        return self._roster.orchestrating(agent)

    def tool_context(self, agent: str, caller: Caller) -> ToolContext:
        """Return what the agent's tools are given."""
        return self._desk.context(agent, caller)

    def task_of(self, agent: str) -> str:
        """Return the task an agent works on, or ''."""
        return self._tasks.task_of(agent)

    async def goes_on(self, run: str) -> bool:
        """Wait until it is decided whether a run of an earlier process goes on."""
        return await self._carried.goes_on(run)

    # --- what they take -----------------------------------------------------------------------------------------------

    def may_take(self, agent: str, envelope: Envelope) -> bool:
        """Return whether the envelope's turn has come: one request at a time, scheduled messages when they are due.

        An aside is read with something else, or in the middle of a turn.
        """
        if self._carried.undecided(envelope.run):
            return False
        if envelope.due is not None and envelope.due > self._kit.services.clock.now():
            return False
        if envelope.kind == "aside":
            return self._has_else_to_read(agent)
        if envelope.kind != "request" or not envelope.run:
            return True
        return self._quiet.run == envelope.run or (not self._quiet.run and self._is_next(agent, envelope))

    def _has_else_to_read(self, agent: str) -> bool:
        one = self._roster.agents[agent]
        others = [waiting for waiting in one.inbox.waiting() if waiting.kind != "aside"]
        return one.state.status == "working" or any(self.may_take(agent, waiting) for waiting in others)

    def _is_next(self, agent: str, request: Envelope) -> bool:
        """Whether no request that was made earlier waits for somebody else: runs begin one after the other."""
        for other in self._roster.living():
            if other.name == agent:
                continue
            for waiting in other.inbox.waiting():
                if (
                    waiting.kind != "request"
                    or waiting.run in ("", request.run)
                    or self._carried.undecided(waiting.run)
                ):
                    continue
                if (waiting.time, waiting.run) < (request.time, request.run):
                    return False
        return True

    def taking(self, tx: Tx, agent: str, envelopes: Sequence[Envelope]) -> None:
        """Begin, in the transaction in which they are read, the tasks that were assigned."""
        handles = [envelope.task for envelope in envelopes if envelope.kind == "task"]
        run = envelopes[-1].run
        self._tasks.begin(tx, agent, handles, {"team": self.name, "agent": agent, "run": run})

    def taken(self, agent: str, envelopes: Sequence[Envelope]) -> None:
        """Follow after the commit."""
        self._tasks.began(agent, [envelope.task for envelope in envelopes if envelope.kind == "task"])
        for envelope in envelopes:
            if envelope.kind == "request" and envelope.run:
                self._quiet.enter(envelope.run)
                for other in self._roster.living():
                    other.inbox.wake()  # who was asked the same may read it now

    # --- what they report ---------------------------------------------------------------------------------------------

    async def turn_ended(self, agent: str, end: TurnEnd) -> None:
        """Hear how a turn ended: of who was asked it may end the run, anybody else's failure is told to the lead."""
        lead = self._roster.lead
        if agent in self._quiet.asked(end.run):
            self._quiet.turn_ended(end)
        elif agent != lead and end.status != "answered":
            caller = self._roster.agents[agent].caller()
            handles = await self._tasks.end_all(caller, owner=agent, status="failed", reason=end.reason or end.status)
            if not handles and end.status != "stopped" and lead:
                text = f"{agent}'s turn ended without a result ({end.status}): {end.reason}"
                await self._comms.post([self._comms.envelope(lead, text, run=end.run)])
        self.touched()

    def store_failed(self, agent: str, failed: StoreError) -> None:
        """Stand still: nothing that an agent does now could be kept."""
        self._endings.stand_still(agent, failed)

    def touched(self) -> None:
        """Look whether a run is done."""
        self._quiet.touch()
