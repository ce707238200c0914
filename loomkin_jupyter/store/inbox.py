"""Messages that wait for an agent: written when sent, consumed in the transaction that puts them into its history."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.messages import PRIORITY_ORDER, Envelope
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.tables.inbox import inbox
from loomkin_jupyter.store.transaction import Tx

_INSERT = Prepared(
    sa.insert(inbox), ("id", "team", "recipient", "urgency", "place", "due", "state", "payload", "sent", "ended")
)
_LAST = Prepared(
    sa.select(sa.func.max(inbox.c.place)).where(
        inbox.c.team == sa.bindparam("of"), inbox.c.recipient == sa.bindparam("to")
    )
)
_END = Prepared(
    sa.update(inbox)
    .where(inbox.c.team == sa.bindparam("of"), inbox.c.id == sa.bindparam("message"), inbox.c.state == "waiting")
    .values(state=sa.bindparam("now"), ended=sa.bindparam("at"))
)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)


def add(tx: Tx, team: str, envelope: Envelope) -> None:
    """Persist a message on its way to ``envelope.to``, behind all others of its priority."""
    last = _LAST.first(tx.conn, {"of": team, "to": envelope.to})
    _INSERT.run(
        tx.conn,
        {
            "id": envelope.id,
            "team": team,
            "recipient": envelope.to,
            "urgency": PRIORITY_ORDER[envelope.priority],
            "place": ((last[0] if last else None) or 0.0) + 1.0,
            "due": envelope.due,
            "state": "waiting",
            "payload": _ENCODER.encode(envelope).decode(),
            "sent": tx.time,
            "ended": None,
        },
    )


def consume(tx: Tx, team: str, ids: Collection[str]) -> int:
    """Mark messages as read; return how many were still waiting."""
    return _end(tx, team, ids, "consumed")


def delete(tx: Tx, team: str, envelope_id: str) -> bool:
    """Take a waiting message away; False when it is not waiting any more."""
    return _end(tx, team, [envelope_id], "deleted") == 1


def _end(tx: Tx, team: str, ids: Collection[str], state: str) -> int:
    # One at a time: a row count over several is not told by every driver.
    return sum(_END.run(tx.conn, {"of": team, "message": one, "now": state, "at": tx.time}) for one in ids)


def waiting(conn: sa.Connection, team: str, agent: str | None = None) -> list[Envelope]:
    """Return what waits for ``agent`` (or for anybody), in the order in which it will be read."""
    query = sa.select(inbox.c.payload).where(inbox.c.team == team, inbox.c.state == "waiting")
    if agent is not None:
        query = query.where(inbox.c.recipient == agent)
    rows = conn.execute(query.order_by(inbox.c.recipient, inbox.c.urgency, inbox.c.place)).scalars()
    return [_DECODER.decode(payload) for payload in rows]


def get(conn: sa.Connection, team: str, envelope_id: str) -> Envelope | None:
    """Return a waiting message, or None when nobody waits for it any more."""
    query = sa.select(inbox.c.payload).where(
        inbox.c.team == team, inbox.c.id == envelope_id, inbox.c.state == "waiting"
    )
    payload = conn.execute(query).scalar_one_or_none()
    return None if payload is None else _DECODER.decode(payload)


def edit(tx: Tx, team: str, envelope_id: str, text: str) -> Envelope | None:
    """Change a waiting message's text and return the new message; None when it is not waiting any more."""
    found = get(tx.conn, team, envelope_id)
    if found is None:
        return None
    edited = msgspec.structs.replace(found, text=text)
    tx.conn.execute(sa.update(inbox).where(inbox.c.id == envelope_id).values(payload=_ENCODER.encode(edited).decode()))
    return edited


def put_back(tx: Tx, team: str, envelope: Envelope) -> None:
    """Let a known message wait as ``envelope`` says, also one that was deleted; it keeps its place."""
    tx.conn.execute(
        sa.update(inbox)
        .where(inbox.c.team == team, inbox.c.id == envelope.id)
        .values(payload=_ENCODER.encode(envelope).decode(), state="waiting", ended=None)
    )


def move(tx: Tx, team: str, envelope_id: str, place: int) -> bool:
    """Move a waiting message to ``place`` (0 is next) among its recipient's; it takes on the priority of that place."""
    found = get(tx.conn, team, envelope_id)
    if found is None:
        return False
    query = (
        sa.select(inbox.c.id, inbox.c.urgency)
        .where(inbox.c.team == team, inbox.c.recipient == found.to, inbox.c.state == "waiting")
        .order_by(inbox.c.urgency, inbox.c.place)
    )
    rows: list[tuple[str, int]] = [(row.id, row.urgency) for row in tx.conn.execute(query)]
    own = next(row for row in rows if row[0] == envelope_id)
    rows.remove(own)
    place = min(max(place, 0), len(rows))
    neighbour = rows[place] if place < len(rows) else (rows[-1] if rows else own)
    rows.insert(place, (envelope_id, neighbour[1]))
    for number, (row_id, urgency) in enumerate(rows, start=1):
        tx.conn.execute(sa.update(inbox).where(inbox.c.id == row_id).values(place=float(number), urgency=urgency))
    return True
