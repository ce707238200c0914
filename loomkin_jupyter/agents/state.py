"""What one agent is and does: its status (durable, by the table of legal transitions) and its activity (transient).

The only writer of an agent's status. Never decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import sqlalchemy as sa

from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import ActivityChanged, AgentStatusChanged, Signal
from loomkin_jupyter.core.status import AgentStatus, check_transition
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.agents import agents
from loomkin_jupyter.store.transaction import Tx

_UPDATE = Prepared(
    sa.update(agents)
    .where(agents.c.team == sa.bindparam("of"), agents.c.name == sa.bindparam("who"))
    .values(status=sa.bindparam("new_status"), stopped=sa.bindparam("ended"))
)
BUSY = frozenset({"starting", "working", "waiting", "healing"})


class AgentState:
    """Status and activity of one agent. ``changed`` is called after each change of status."""

    def __init__(
        self, store: Store, clock: Clock, publish: Callable[[Signal], None], team: str, agent: str,
        status: AgentStatus = "starting",
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._publish = publish
        self.team = team
        self.agent = agent
        self.run = ""
        self.status: AgentStatus = status
        self.activity = ""
        self.detail = ""
        self.since = clock.monotonic()
        self.changed: Callable[[], None] = lambda: None

    async def become(self, status: AgentStatus, reason: str = "") -> None:
        """Change the status; it is committed when this returns.

        :raises IllegalTransition: when the table does not allow it.
        """
        check_transition(self.status, status)
        if status == self.status:
            return
        was, self.status = self.status, status
        signal = AgentStatusChanged(
            status=status, was=was, reason=reason, team=self.team, agent=self.agent, run=self.run
        )
        try:
            await self._store.transact(lambda tx: _write(tx, signal))
        except StoreError:
            self.status = was
            raise
        if status not in BUSY:
            self.activity, self.detail = "", ""
        self.since = self._clock.monotonic()
        self.changed()

    def doing(self, activity: str, detail: str = "") -> None:
        """Say what the agent does now: thinking, streaming, tool, permission, answer, kernel, teammate, budget."""
        if (activity, detail) == (self.activity, self.detail):
            return
        self.activity, self.detail = activity, detail
        self.since = self._clock.monotonic()
        self._publish(ActivityChanged(activity=activity, detail=detail, team=self.team, agent=self.agent, run=self.run))

    @contextmanager
    def activity_of(self, activity: str, detail: str = "") -> Generator[None]:
        """Show an activity for the length of a block, then the one before."""
        before = (self.activity, self.detail)
        self.doing(activity, detail)
        try:
            yield
        finally:
            if self.activity == activity and before[0]:
                self.doing(*before)

    def statistics(self) -> JsonObject:
        """Return status, activity and for how many seconds."""
        return {
            "status": self.status,
            "activity": self.activity,
            "detail": self.detail,
            "seconds": round(self._clock.monotonic() - self.since, 3),
        }


def _write(tx: Tx, signal: AgentStatusChanged) -> None:
    stopped = tx.time if signal.status == "stopped" else None
    _UPDATE.run(tx.conn, {"of": signal.team, "who": signal.agent, "new_status": signal.status, "ended": stopped})
    tx.emit(signal)
