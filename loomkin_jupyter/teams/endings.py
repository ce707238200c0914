"""How agents come to their end: crashes, stops, the end of their run, and rest when the work is done.

Knows what must be cleared up behind each; decides nothing about runs. A retired agent's name is free again: whoever is
spawned under it is the same agent called back, with its history.
"""

from __future__ import annotations

from collections.abc import Callable

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.core.signals import AgentRestarted, ErrorReported, Signal
from loomkin_jupyter.runtime.supervisor import Supervisor
from loomkin_jupyter.store import agents as rows
from loomkin_jupyter.store import inbox
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.claims import Claims
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import DEAD, RETIRED, Roster
from loomkin_jupyter.teams.tasks import Tasks

GRACE_S = 1.0


class Endings:
    """Ends agents of one team. ``current`` is the run that is watched now; ``touched`` has it looked at again."""

    def __init__(
        self, store: Store, publish: Callable[[Signal], None], roster: Roster, tasks: Tasks, claims: Claims, comms: Comms,
        current: Callable[[], str], touched: Callable[[], None],
    ) -> None:  # fmt: skip
        self._store = store
        self._publish = publish
        self._roster = roster
        self._tasks = tasks
        self._claims = claims
        self._comms = comms
        self._current = current
        self._touched = touched
        self._standing = ""
        self.supervisor: Supervisor

    async def stop(self, agent: Agent, reason: str) -> None:
        """End one agent for good; its tasks go back to the lead, its claims are released."""
        await agent.steering.stop(reason)
        await self.supervisor.stop(agent.name, GRACE_S)
        if agent.state.status not in DEAD:
            await agent.state.become("stopped", reason)
        await self._gone(agent, reason)

    async def retire(self, run: str) -> list[str]:
        """Let the specialists rest that were made for a run that is over and have nothing to read; return their names."""
        retired: list[str] = []
        for agent in self._roster.specialists(run):
            if agent.run_id != run or len(agent.inbox) or agent.steering.pausing:
                continue
            await self.supervisor.stop(agent.name, GRACE_S)
            if agent.state.status not in DEAD:
                await agent.state.become("stopped", RETIRED)
            await self._claims.end(agent=agent.name, reason=RETIRED)
            self._roster.retired.add(agent.name)
            retired.append(agent.name)
        return retired

    async def wind_up(self, run: str, reason: str) -> None:
        """Stop the turns of a run that has ended, and drop what still waits for it."""
        for agent in self._roster.living():
            dropped = [e for e in agent.inbox.waiting() if e.run == run]
            if dropped:
                ids = [e.id for e in dropped]
                await self._store.transact(
                    lambda tx, ids=ids: [inbox.delete(tx, self._roster.team, one) for one in ids]
                )
                agent.inbox.drop(ids)
            if agent.run_id == run:
                await agent.steering.stop(reason)
        caller = Caller(team=self._roster.team, agent="", role="", run=run, call="")
        await self._tasks.end_all(caller, run=run, status="discarded", reason=reason)
        await self._claims.end(run=run, reason=reason)

    async def restarted(self, name: str, error: BaseException, count: int) -> None:
        """A child crashed and runs again: say so, and tell the agent what happened."""
        agent = self._roster.agents.get(name)
        text = f"{type(error).__name__}: {error}"
        if agent is None:
            report = ErrorReported(where=f"team {self._roster.team}: {name}", message=text, team=self._roster.team)
            await self._store.transact(lambda tx: tx.emit(report))
            return
        signal = AgentRestarted(error=text, restarts=count, team=self._roster.team, agent=name, run=agent.run_id)

        def work(tx: Tx) -> None:
            rows.update(tx, self._roster.team, name, restarts=count)
            tx.emit(signal)

        await self._store.transact(work)
        agent.restart_note = text
        await agent.state.become("starting", "restarted")

    async def failed(self, name: str, error: BaseException) -> None:
        """A child crashed too often: it is failed, and the lead and the user are told."""
        text = f"{type(error).__name__}: {error}"
        report = ErrorReported(
            where=f"agent {name}", message=f"{name} crashed too often and was given up: {text}",
            remedy="Its tasks went back to the lead. Please report the error as a defect.", team=self._roster.team,
            agent=name,
        )  # fmt: skip
        agent = self._roster.agents.get(name)
        try:
            await self._store.transact(lambda tx: tx.emit(report))
            if agent is not None:
                await agent.state.become("failed", text)
                await self._gone(agent, f"it crashed: {text}")
        except StoreError as broken:
            self._publish(report)
            self.stand_still(name, broken)

    def stand_still(self, where: str, failed: StoreError) -> None:
        """The store cannot be written: everybody waits where they are, and the error is said once, past the store."""
        for agent in self._roster.living():
            agent.steering.hold("the store cannot be written")
        if self._standing == failed.message:
            return
        self._standing = failed.message
        self._publish(
            ErrorReported(
                where=f"store, noticed by {where}", message=f"{failed.message} The team stands still.",
                remedy=f"{failed.remedy} Then resume the team.".strip(), team=self._roster.team,
            )
        )  # fmt: skip

    def goes_on(self) -> None:
        """Somebody resumed an agent: the next failure of the store is said again."""
        self._standing = ""

    async def _gone(self, agent: Agent, reason: str) -> None:
        """Clear up after an agent that will not come back."""
        await self._claims.end(agent=agent.name, reason=reason)
        handles = await self._tasks.end_all(agent.caller(), owner=agent.name, status="failed", reason=reason)
        lead = self._roster.lead
        if agent.name != lead and self._roster.alive(lead):
            left = f" Its tasks have failed: {', '.join(handles)}; assign them anew." if handles else ""
            text = f"{agent.name} is {agent.state.status}: {reason}.{left}"
            await self._comms.post([self._comms.envelope(lead, text, priority="high", run=self._current())])
        self._touched()
