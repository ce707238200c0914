"""When is a run done: whoever was asked has answered, nothing is open, and nobody works or has anything to read.

Asked is the lead, or the agents that the user addressed. Looks when something changed, never on a timer. Open tasks that
nobody works on: who was asked is nudged twice, then the run fails with an account. Whoever waits for a person counts as
working.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import TurnEnd
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.status import RunStatus
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import DEAD, Roster
from loomkin_jupyter.teams.tasks import Tasks

MOST_NUDGES = 2


class RunOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended. ``answer`` is the last final answer of who was asked."""

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
        self._asked: dict[str, tuple[str, ...]] = {}
        self._ends: dict[str, TurnEnd] = {}
        self._nudges: dict[str, tuple[int, int]] = {}
        self.cleared: Callable[[], None] = lambda: None
        self.broken: Callable[[StoreError], None] = lambda failed: None
        self._settling: set[str] = set()
        self.run = ""

    def touch(self) -> None:
        """Look again soon."""
        self._changed.set()

    def begin(self, run: str, to: Sequence[str] = ()) -> None:
        """Know a run that was asked for, ``to`` the lead or others; it becomes the current one when its request is read."""
        if to:
            self._asked[run] = tuple(to)
        self._future(run)
        self.touch()

    def asked(self, run: str) -> tuple[str, ...]:
        """Return who was asked: their answers end the run."""
        lead = self._roster.lead
        return self._asked.get(run) or ((lead,) if lead else ())

    def enter(self, run: str) -> None:
        """Watch ``run``: its request has been read."""
        self.run = run
        self._future(run)
        self.touch()

    def turn_ended(self, end: TurnEnd) -> None:
        """Take in how a turn of one that was asked ended."""
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
        self._asked.pop(outcome.run, None)
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
        """Return the current run, and the open ones of which somebody who was asked is not there to read the request."""
        open_runs = [run for run, future in self._waiting.items() if not future.done()]
        dead = [run for run in open_runs if self._dead(run)]
        return list(dict.fromkeys([*([self.run] if self.run else []), *dead]))

    def _agents(self, run: str) -> list[Agent]:
        """Return those who were asked and have a seat."""
        return [self._roster.agents[name] for name in self.asked(run) if name in self._roster.agents]

    def _dead(self, run: str) -> str:
        """Return who of those who were asked cannot answer any more, in words; '' when all can."""
        for name in self.asked(run):
            agent = self._roster.agents.get(name)
            if agent is None or agent.state.status in DEAD:
                return f"{name} {agent.state.status if agent is not None else 'is not there'}"
        return ""

    async def _look(self, run: str) -> None:
        agents = self._agents(run)
        if not self._roster.lead:
            return
        end = self._ends.get(run)
        if end is not None and end.status != "answered":
            status: RunStatus = end.status if end.status in ("limit", "refused", "stopped") else "failed"  # type: ignore[assignment]
            await self.settle(RunOutcome(run=run, status=status, answer=end.text, reason=end.reason))
            return
        if dead := self._dead(run):
            await self.settle(RunOutcome(run=run, status="failed", reason=f"{dead} and could not finish the request."))
            return
        if self._roster.busy():
            return
        answers = {agent.name: found.text for agent in agents if (found := agent.history.final_answer(run)) is not None}
        if not self._tasks.plan.open(run) and len(answers) == len(agents):
            await self.settle(RunOutcome(run=run, status="done", answer=_together(answers)))
            return
        silent = next((agent for agent in agents if agent.name not in answers), agents[0])
        await self._nudge(run, silent.name)

    async def _nudge(self, run: str, asked: str) -> None:
        """Nobody works and the run is not done: say so to who was asked, at most twice between two tasks that end."""
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
        await self._comms.post([self._comms.envelope(asked, text, kind="nudge", run=run)])

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


def _together(answers: dict[str, str]) -> str:
    """Return one answer; of several it is said whose each is."""
    if len(answers) == 1:
        return next(iter(answers.values()))
    return "\n\n".join(f"{name}: {text}" for name, text in answers.items())
