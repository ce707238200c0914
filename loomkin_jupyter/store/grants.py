"""Permissions that people gave, and the audit of every decision of the gate."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.rows import to_record
from loomkin_jupyter.store.tables.grants import audit, grants
from loomkin_jupyter.store.transaction import Tx

_NOTE = Prepared(
    sa.insert(audit), ("time", "team", "agent", "run", "call", "tool", "target", "allowed", "rule", "reason")
)


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A standing yes for ``tool``. ``scope`` is ``exact: …``, ``folder: …`` or ``pattern: …``; ``run`` ends it."""

    id: str
    tool: str
    scope: str
    agent: str = ""
    run: str = ""
    question: str = ""
    made: float = 0.0
    expires: float | None = None


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of the gate; ``rule`` says what decided."""

    agent: str
    call: str
    tool: str
    target: str
    allowed: bool
    rule: str
    reason: str = ""
    team: str = ""
    run: str = ""
    time: float = 0.0


def add(tx: Tx, grant: Grant) -> Grant:
    """Keep a new grant."""
    grant = msgspec.structs.replace(grant, made=tx.time)
    tx.conn.execute(sa.insert(grants).values(**msgspec.to_builtins(grant)))
    return grant


def revoke(tx: Tx, grant_id: str) -> bool:
    """Take a grant back; False when there is none in force."""
    return (
        tx.conn.execute(
            sa.update(grants).where(grants.c.id == grant_id, grants.c.revoked.is_(None)).values(revoked=tx.time)
        ).rowcount
        == 1
    )


def in_force(conn: sa.Connection, now: float) -> list[Grant]:
    """Return the grants that are neither revoked nor expired, oldest first."""
    query = sa.select(grants).where(
        grants.c.revoked.is_(None), sa.or_(grants.c.expires.is_(None), grants.c.expires > now)
    )
    rows = conn.execute(query.order_by(grants.c.made, grants.c.id)).mappings()
    return [to_record(row, Grant) for row in rows]


def note(tx: Tx, decision: Audited) -> None:
    """Add a decision to the audit."""
    _NOTE.run(tx.conn, {**msgspec.structs.asdict(decision), "time": tx.time})


def audited(conn: sa.Connection, run: str | None = None, limit: int = 1_000) -> list[Audited]:
    """Return the newest decisions (of one run), oldest first."""
    query = sa.select(audit).order_by(audit.c.position.desc()).limit(limit)
    if run is not None:
        query = query.where(audit.c.run == run)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    return [to_record(row, Audited) for row in reversed(rows)]
