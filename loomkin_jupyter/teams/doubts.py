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
from loomkin_jupyter.store.tables.decisions import nodes
from loomkin_jupyter.store.tables.inbox import inbox
from loomkin_jupyter.store.tables.journal import journal
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import Roster

TYPE = "decision.doubt_spread"


class Doubts:
    """Listens on the bus."""

    def __init__(self, store: Store, bus: Bus, roster: Roster, comms: Comms) -> None:
        self._store = store
        self._bus = bus
        self._roster = roster
        self._comms = comms
        self._telling: set[asyncio.Task[None]] = set()
        self._stop: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Listen, and tell what was not told before a kill."""
        self._stop = self._bus.listen(self._heard, types={TYPE}).close
        for signal in await self._store.read(_journalled):
            await self.tell(signal)

    async def tell(self, signal: DoubtSpread) -> list[str]:
        """Tell each agent of its flagged decisions; return who was told now."""
        # From the store, where the signal comes from: the graph in memory follows the commit a moment later.
        known = await self._store.read(lambda conn: _known(conn, [signal.handle, *signal.flagged]))
        envelopes = self._envelopes(signal, known)
        if not envelopes:
            return []
        written: list[Envelope] = []

        def work(tx: Tx) -> None:
            query = sa.select(inbox.c.id).where(inbox.c.id.in_([e.id for e in envelopes]))
            told = set(tx.conn.execute(query).scalars())
            written[:] = [e for e in envelopes if e.id not in told]
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

    def _envelopes(self, signal: DoubtSpread, known: dict[str, tuple[str, str]]) -> list[Envelope]:
        """Return one notice per agent that has flagged decisions; ``known`` gives agent and title by handle."""
        lines: dict[str, list[str]] = {}
        doubtful = known.get(signal.handle, ("", ""))[1]
        for handle, path in zip(signal.flagged, signal.paths, strict=False):
            agent, title = known.get(handle, ("", ""))
            if self._roster.alive(agent):
                lines.setdefault(agent, []).append(f"- {handle} ({title}), by {path}")
        return [
            self._comms.envelope(
                agent,
                f"{signal.handle} ({doubtful}) has become doubtful, and these decisions of yours "
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


def _known(conn: sa.Connection, handles: list[str]) -> dict[str, tuple[str, str]]:
    query = sa.select(nodes.c.handle, nodes.c.agent, nodes.c.title).where(nodes.c.handle.in_(handles))
    return {handle: (agent, title) for handle, agent, title in conn.execute(query)}


def _journalled(conn: sa.Connection) -> list[DoubtSpread]:
    rows = conn.execute(sa.select(journal.c.payload).where(journal.c.type == TYPE).order_by(journal.c.position))
    found = [decode(payload) for payload in rows.scalars()]
    return [signal for signal in found if isinstance(signal, DoubtSpread)]
