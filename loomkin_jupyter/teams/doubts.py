"""Doubt that spreads in the decision graph reaches the agents whose decisions rest on it, once, also across a kill.

The message's id is made of the signal and the agent: writing it again changes nothing. At start, doubts of the journal
that nobody was told of are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import sqlalchemy as sa

from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.signals import DoubtSpread, Signal, decode
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.inbox import inbox
from loomkin_jupyter.store.tables.journal import journal
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import Roster

TYPE = "decision.doubt_spread"


class Doubts:
    """Listens on the bus. ``agent_of(handle)`` is the agent of a node, ``title_of`` its title."""

    def __init__(
        self, store: Store, bus: Bus, roster: Roster, comms: Comms, agent_of: Callable[[str], str],
        title_of: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._store = store
        self._bus = bus
        self._roster = roster
        self._comms = comms
        self._agent_of = agent_of
        self._title_of = title_of
        self._telling: set[asyncio.Task[None]] = set()
        self._stop: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Listen, and tell what was not told before a kill."""
        self._stop = self._bus.listen(self._heard, types={TYPE}).close
        for signal in await self._store.read(_journalled):
            await self.tell(signal)

    async def tell(self, signal: DoubtSpread) -> list[str]:
        """Tell each agent of its flagged decisions; return who was told now."""
        envelopes = self._envelopes(signal)
        if not envelopes:
            return []
        written: list[Envelope] = []

        def work(tx: Tx) -> None:
            query = sa.select(inbox.c.id).where(inbox.c.id.in_([e.id for e in envelopes]))
            known = set(tx.conn.execute(query).scalars())
            written[:] = [e for e in envelopes if e.id not in known]
            self._comms.write(tx, written)

        await self._store.transact(work)
        self._comms.deliver(written)
        return [envelope.to for envelope in written]

    async def close(self) -> None:
        """Stop listening and finish what is being told."""
        self._stop()
        if self._telling:
            await asyncio.wait(self._telling)

    def _heard(self, signal: Signal) -> None:
        if isinstance(signal, DoubtSpread):
            task = asyncio.ensure_future(self._tell(signal))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, signal: DoubtSpread) -> None:
        await self.tell(signal)

    def _envelopes(self, signal: DoubtSpread) -> list[Envelope]:
        """Return one notice per agent that has flagged decisions."""
        lines: dict[str, list[str]] = {}
        for handle, path in zip(signal.flagged, signal.paths, strict=False):
            agent = self._agent_of(handle)
            if self._roster.alive(agent):
                lines.setdefault(agent, []).append(f"- {handle} ({self._title_of(handle)}), by {path}")
        return [
            self._comms.envelope(
                agent,
                f"{signal.handle} ({self._title_of(signal.handle)}) has become doubtful, and these decisions of yours "
                "rest on it:\n"
                + "\n".join(found)
                + "\nCheck them; revise what no longer holds with decision_revise or "
                "pivot_decision.",
                priority="high",
                run=signal.run,
                key=f"doubt_{signal.id}_{self._roster.team}_{agent}",
            )
            for agent, found in lines.items()
        ]


def _journalled(conn: sa.Connection) -> list[DoubtSpread]:
    rows = conn.execute(sa.select(journal.c.payload).where(journal.c.type == TYPE).order_by(journal.c.position))
    found = [decode(payload) for payload in rows.scalars()]
    return [signal for signal in found if isinstance(signal, DoubtSpread)]
