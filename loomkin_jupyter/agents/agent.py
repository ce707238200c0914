"""One agent: an actor with an inbox, a history and a loop. Restarted by its supervisor, it goes on from the store.

Owns its turn and its status. Knows its team only through ``TeamPort``.
"""

from __future__ import annotations

from loomkin_jupyter.agents import loop, recovery
from loomkin_jupyter.agents.history import History
from loomkin_jupyter.agents.inbox import Inbox
from loomkin_jupyter.agents.kit import AgentSpec, Kit, TeamPort, TurnEnd
from loomkin_jupyter.agents.roles import Role, orchestrating
from loomkin_jupyter.agents.state import AgentState
from loomkin_jupyter.agents.steering import Steering
from loomkin_jupyter.core.errors import Interrupt, LimitReached, ModelFailed, StoreError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject, UserEntry
from loomkin_jupyter.core.ports import Caller, ModelLimits
from loomkin_jupyter.core.requests import Outgoing
from loomkin_jupyter.core.signals import ErrorReported, Signal
from loomkin_jupyter.core.status import AgentStatus
from loomkin_jupyter.memory.tokens import Calibration
from loomkin_jupyter.store.transaction import Tx


class Agent:
    """A member of a team. ``run`` is the supervised body; everything else is called from the same loop."""

    def __init__(
        self, spec: AgentSpec, role: Role, kit: Kit, team: TeamPort, *, status: AgentStatus = "starting"
    ) -> None:
        services = kit.services
        self.spec = spec
        self.name = spec.name
        self.own_role = role
        self.kit = kit
        self.team = team
        self.store = services.store
        self.clock = services.clock
        self.run_id = spec.run
        self.state = AgentState(services.store, services.clock, services.publish, team.name, spec.name, status)
        self.state.run = spec.run
        self.state.changed = team.touched
        self.steering = Steering(self.state)
        self.history = History(services.store, team.name, spec.name)
        self.inbox = Inbox(services.store, services.clock, team.name, spec.name, lambda e: team.may_take(spec.name, e))
        self.limits: ModelLimits | None = None
        self.calibration = Calibration()
        self.outgoing = Outgoing()
        self.restart_note = ""
        self.turns = 0

    @property
    def role(self) -> Role:
        """The role as it is now: a lead with specialists orchestrates."""
        return orchestrating(self.own_role) if self.team.orchestrating(self.name) else self.own_role

    @property
    def model(self) -> str:
        """The model of the next call; asked anew each time, so that it can be swapped."""
        return self.spec.model or self.kit.model_of(self.own_role, self.run_id)

    def caller(self, call: str = "", task: str = "") -> Caller:
        """Return this agent as the one who calls."""
        return Caller(
            team=self.team.name, agent=self.name, role=self.own_role.name, run=self.run_id, call=call, task=task
        )

    def scope(self, cause: str = "") -> JsonObject:
        """Return the fields that say where a signal of this agent belongs."""
        return {"team": self.team.name, "agent": self.name, "run": self.run_id, "cause": cause}

    async def run(self) -> None:
        """Live. When the store cannot be written, stand still until somebody resumes, then begin again from it."""
        while True:
            try:
                await self._live()
            except StoreError as failed:
                self.team.store_failed(self.name, failed)
                await self.steering.held()

    async def _live(self) -> None:
        """Load, mend what was cut off, then take turns as messages come."""
        if self.state.status in ("working", "waiting", "idle"):
            await self.state.become("starting", "the store can be written again")
        await self.history.load()
        self.outgoing = Outgoing()  # the last one may not have been kept
        self._take_run_from_history()
        await recovery.mend(self, taken_up=not self.restart_note)
        await self._say_restarted()
        if self.state.status == "starting":
            await self.state.become("paused" if self.steering.pausing else "idle")
        if self.history.unfinished():
            if await self.team.goes_on(self.run_id):
                await self._turn()
            else:
                await self._stopped("given up", "The request you worked on was given up.")
        while True:
            await self.steering.gate()
            await self.inbox.wait()
            if not self.steering.pausing:
                await self._turn()

    async def _turn(self) -> None:
        """Take one turn to its end, whatever that is, and tell the team."""
        await self.state.become("working")
        self.turns += 1
        self.steering.stop_reason = ""
        ends: list[TurnEnd] = []

        async def body() -> None:
            ends.append(await loop.run_turn(self))

        try:
            finished = await self.steering.during(body)
        except ModelFailed as failed:
            end = await self._failed("refused" if failed.kind == "refused" else "failed", failed)
        except LimitReached as failed:
            end = await self._limit(failed)
        except Interrupt as interrupt:
            end = await self._stopped(interrupt.reason, interrupt.notice)
        else:
            reason = self.steering.stop_reason
            end = ends[0] if finished else await self._stopped(reason, f"Your turn was stopped: {reason}.")
        await self.team.turn_ended(self.name, end)
        if self.state.status in ("working", "waiting", "healing", "paused"):
            await self.state.become("paused" if self.steering.pausing else "idle")

    async def _failed(self, status: str, failed: ModelFailed) -> TurnEnd:
        signal = ErrorReported(
            where=f"model of {self.name}", message=failed.message, remedy=failed.remedy, **self.scope()
        )
        note = f"Your turn ended because the model could not be used: {failed.message}"
        return await self._end(TurnEnd(status=status, reason=str(failed), run=self.run_id), "turn_failed", note, signal)

    async def _limit(self, failed: LimitReached) -> TurnEnd:
        note = f"Your turn ended because a limit was reached: {failed.message}"
        return await self._end(TurnEnd(status="limit", reason=str(failed), run=self.run_id), "turn_failed", note)

    async def _stopped(self, reason: str, notice: str) -> TurnEnd:
        await recovery.mend(self)
        return await self._end(TurnEnd(status="stopped", reason=reason, run=self.run_id), "stopped", notice)

    async def _end(self, end: TurnEnd, kind: str, note: str, *signals: Signal) -> TurnEnd:
        """Write the end of the turn into the history, so that a restart knows that it ended and why."""
        entry = self.notice(note, kind)

        def work(tx: Tx) -> None:
            self.history.write(tx, [entry])
            for signal in signals:
                tx.emit(signal)

        await self.history.commit(work, [entry])
        return end

    async def _say_restarted(self) -> None:
        """Tell the agent, once, that it crashed and goes on from what was kept."""
        if self.restart_note:
            text = f"You were restarted after an error ({self.restart_note}). What was cut off is marked above."
            self.restart_note = ""
            await self.history.add(self.notice(text, "notice"))

    def notice(self, text: str, kind: str) -> UserEntry:
        """Return what the runtime itself says to the agent, as an entry of its history."""
        return UserEntry(
            id=new_id("entry"), text=f"[notice] {text}", sender="loomkin", kind=kind, time=self.clock.now(),
            run=self.run_id,
        )  # fmt: skip

    def _take_run_from_history(self) -> None:
        """Go on in the run of the last thing that was said."""
        if self.history.entries and self.history.entries[-1].run:
            self.enter_run(self.history.entries[-1].run)

    def enter_run(self, run: str) -> None:
        """Belong to ``run`` from now on."""
        self.run_id = self.state.run = run

    def statistics(self) -> JsonObject:
        """Return what panels and doctor show."""
        return {
            "name": self.name,
            "role": self.own_role.name,
            "model": self.model,
            "lead": self.spec.lead,
            "run": self.run_id,
            "turns": self.turns,
            "entries": len(self.history.entries),
            "waiting": len(self.inbox),
            **self.state.statistics(),
        }
