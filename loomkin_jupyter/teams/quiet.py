"""When is a run done: the lead has answered, nothing is open, and nobody works or has anything to read.

Looks when something changed, never on a timer. Open tasks that nobody works on: the lead is nudged twice, then the run
fails with an account. Whoever waits for a person counts as working.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from loomkin_jupyter.agents.kit import TurnEnd
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.status import RunStatus
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import DEAD, Roster
from loomkin_jupyter.teams.tasks import Tasks

MOST_NUDGES = 2


class RunOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended. ``answer`` is the lead's last final answer."""

    run: str
    status: RunStatus
    answer: str = ""
    reason: str = ""


class Quiet:
    """Watches one team. ``ended`` is awaited with each outcome before anybody who waits for it hears of it."""

    def __init__(
        self, roster: Roster, tasks: Tasks, comms: Comms, ended: Callable[[RunOutcome], Awaitable[None]]
    ) -> None:
        self._roster = roster
        self._tasks = tasks
        self._comms = comms
        self._ended = ended
        self._changed = asyncio.Event()
        self._waiting: dict[str, asyncio.Future[RunOutcome]] = {}
        self._ends: dict[str, TurnEnd] = {}
        self._nudges: dict[str, tuple[int, int]] = {}
        self.cleared: Callable[[], None] = lambda: None
        self.broken: Callable[[StoreError], None] = lambda failed: None
        self._settling: set[str] = set()
        self.run = ""

    def touch(self) -> None:
        """Look again soon."""
        self._changed.set()

    def begin(self, run: str) -> None:
        """Know a run that was asked for; it becomes the current one when the lead reads its request."""
        self._future(run)
        self.touch()

    def enter(self, run: str) -> None:
        """Watch ``run``: its request has been read."""
        self.run = run
        self._future(run)
        self.touch()

    def lead_ended(self, end: TurnEnd) -> None:
        """Take in how a turn of the lead ended."""
        self._ends[end.run] = end
        self.touch()

    async def outcome(self, run: str) -> RunOutcome:
        """Wait for the end of a run."""
        return await asyncio.shield(self._future(run))

    async def settle(self, outcome: RunOutcome) -> None:
        """End a run with this outcome; a run ends once."""
        future = self._future(outcome.run)
        if future.done() or outcome.run in self._settling:
            return
        self._settling.add(outcome.run)
        try:
            await self._ended(outcome)
        finally:
            self._settling.discard(outcome.run)
        if not future.done():
            future.set_result(outcome)
        self._ends.pop(outcome.run, None)
        self._nudges.pop(outcome.run, None)
        if self.run == outcome.run:
            self.run = ""
        self.cleared()

    async def watch(self) -> None:
        """The supervised body: look whenever something changed."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                for run in self._watched():
                    await self._look(run)
            except StoreError as failed:
                self.broken(failed)  # looked at again when somebody goes on

    def _watched(self) -> list[str]:
        """Return the current run, or every open one when nobody is left to read the requests."""
        lead = self._roster.agents.get(self._roster.lead)
        if lead is not None and lead.state.status in DEAD:
            return [run for run, future in self._waiting.items() if not future.done()]
        return [self.run] if self.run else []

    async def _look(self, run: str) -> None:
        lead = self._roster.agents.get(self._roster.lead)
        if lead is None:
            return
        end = self._ends.get(run)
        if end is not None and end.status != "answered":
            status: RunStatus = end.status if end.status in ("limit", "refused", "stopped") else "failed"  # type: ignore[assignment]
            await self.settle(RunOutcome(run=run, status=status, answer=end.text, reason=end.reason))
            return
        if lead.state.status in DEAD:
            reason = f"{lead.name} {lead.state.status} and could not finish the request."
            await self.settle(RunOutcome(run=run, status="failed", reason=reason))
            return
        if self._roster.busy():
            return
        open_tasks = self._tasks.plan.open(run)
        answer = lead.history.final_answer(run)
        if not open_tasks and answer is not None:
            await self.settle(RunOutcome(run=run, status="done", answer=answer.text))
            return
        await self._nudge(run, lead.name)

    async def _nudge(self, run: str, lead: str) -> None:
        """Nobody works and the run is not done: say so to the lead, at most twice between two tasks that end."""
        account = self._account(run)
        ended = len(self._tasks.all(run)) - len(self._tasks.plan.open(run))
        count, before = self._nudges.get(run, (0, ended))
        if before != ended:
            count = 0
        if count >= MOST_NUDGES:
            reason = f"Nobody was working any more, although the request was not done. {account}"
            await self.settle(RunOutcome(run=run, status="failed", reason=reason))
            return
        self._nudges[run] = (count + 1, ended)
        text = (
            f"Nobody is working, but the request is not done. {account} Do the work, assign it, complete what is done, or "
            "tell the user what is missing."
        )
        await self._comms.post([self._comms.envelope(lead, text, kind="nudge", run=run)])

    def _account(self, run: str) -> str:
        tasks = self._tasks.plan.open(run)
        if not tasks:
            return "There is no final answer."
        parts: list[str] = []
        for view in tasks:
            owner = self._roster.agents.get(view.owner)
            who = f"{view.owner}, {owner.state.status}" if owner else "nobody's"
            parts.append(f"{view.handle} {view.title} ({view.status}, {who})")
        return f"Open: {'; '.join(parts)}."

    def _future(self, run: str) -> asyncio.Future[RunOutcome]:
        future = self._waiting.get(run)
        if future is None:
            future = self._waiting[run] = asyncio.get_running_loop().create_future()
        return future
