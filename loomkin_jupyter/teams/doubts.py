"""Doubt that spreads in the decision graph reaches the agents whose decisions rest on it, in the same transaction.

So the notice is in the inbox before the call that raised the doubt returns: its own agent reads it in the same turn, and
no kill can come between the two.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.signals import DoubtSpread, MessageSent, Signal
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.store.tables.decisions import nodes
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.roster import Roster


class Doubts:
    """Writes its notices as a witness of the graph, on the store's thread; delivers them on the loop after the commit."""

    def __init__(self, graph: Graph, bus: Bus, roster: Roster, comms: Comms) -> None:
        self._graph = graph
        self._bus = bus
        self._roster = roster
        self._comms = comms
        self._written: dict[str, Envelope] = {}
        self._stop: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Be there when doubt spreads."""
        self._stop = self._bus.listen(self._sent, types={"collaboration.message_sent"}).close
        self._graph.witnesses.append(self.write)

    def close(self) -> None:
        """Hear of nothing any more."""
        self._stop()
        if self.write in self._graph.witnesses:
            self._graph.witnesses.remove(self.write)

    def write(self, tx: Tx) -> None:
        """Write a notice to each agent of this team whose decisions the transaction has put in doubt."""
        spreads = [signal for signal in tx.signals if isinstance(signal, DoubtSpread)]
        envelopes = [envelope for signal in spreads for envelope in self._envelopes(tx.conn, signal)]
        self._comms.write(tx, envelopes)
        # Known before the commit is told of. Of a transaction that is taken back nothing is told: its few stay unread.
        self._written.update((envelope.id, envelope) for envelope in envelopes)

    def _sent(self, signal: Signal) -> None:
        if isinstance(signal, MessageSent) and signal.message in self._written:
            self._comms.deliver([self._written.pop(signal.message)])

    def _envelopes(self, conn: sa.Connection, signal: DoubtSpread) -> list[Envelope]:
        """Return one notice per agent that has flagged decisions."""
        handles = [signal.handle, *signal.flagged]
        query = sa.select(nodes.c.handle, nodes.c.team, nodes.c.agent, nodes.c.title).where(nodes.c.handle.in_(handles))
        known = {handle: (team, agent, title) for handle, team, agent, title in conn.execute(query)}
        doubtful = known[signal.handle][2]
        lines: dict[str, list[str]] = {}
        for handle, path in zip(signal.flagged, signal.paths, strict=True):
            team, agent, title = known[handle]
            if team == self._roster.team and self._roster.alive(agent):
                lines.setdefault(agent, []).append(f"- {handle} ({title}), by {path}")
        return [
            self._comms.envelope(
                agent,
                f"{signal.handle} ({doubtful}) has become doubtful, and these decisions of yours rest on it:\n"
                + "\n".join(found)
                + "\nCheck them; revise what no longer holds with decision_revise or pivot_decision.",
                priority="high",
                run=signal.run,
            )
            for agent, found in lines.items()
        ]
