"""Each agent's history: append-only; what moved to a keeper stays and is marked, so that ``load_all`` is always whole."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from loomkin_jupyter.core.messages import Entry, decode_entry, encode_entry
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.tables.agents import history
from loomkin_jupyter.store.transaction import Tx

_INSERT = Prepared(sa.insert(history), ("team", "agent", "entry", "payload", "keeper"))


def append(tx: Tx, team: str, agent: str, entries: Sequence[Entry]) -> None:
    """Add ``entries`` at the end, in order."""
    if entries:
        rows = [
            {"team": team, "agent": agent, "entry": e.id, "payload": encode_entry(e).decode(), "keeper": ""}
            for e in entries
        ]
        _INSERT.run_many(tx.conn, rows)


def load_live(conn: sa.Connection, team: str, agent: str) -> list[Entry]:
    """Return what is not in a keeper, oldest first."""
    return _load(conn, team, agent, history.c.keeper == "")


def load_all(conn: sa.Connection, team: str, agent: str) -> list[Entry]:
    """Return everything that ever was said, oldest first."""
    return _load(conn, team, agent, sa.true())


load = load_live


def _load(conn: sa.Connection, team: str, agent: str, condition: sa.ColumnElement[bool]) -> list[Entry]:
    query = sa.select(history.c.payload).where(history.c.team == team, history.c.agent == agent, condition)
    return [decode_entry(payload) for payload in conn.execute(query.order_by(history.c.position)).scalars()]
