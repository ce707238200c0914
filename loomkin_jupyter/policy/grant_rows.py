"""Rows of grants and audit: reading and writing them inside the store's transactions. Decides nothing."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.signals import PermissionDecided
from loomkin_jupyter.store.tables.grants import audit, grants
from loomkin_jupyter.store.transaction import Tx


class GrantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One stored grant. Times in seconds since the epoch; ``expires`` None holds until revoked."""

    id: str
    tool: str
    scope: str
    agent: str = ""
    run: str = ""
    question: str = ""
    made: float = 0.0
    expires: float | None = None


def add(tx: Tx, grant: GrantRow) -> None:
    """Store a grant."""
    tx.conn.execute(sa.insert(grants).values(**msgspec.structs.asdict(grant), revoked=None))


def revoke(tx: Tx, grant: str, when: float) -> None:
    """Mark a grant as taken back; the row stays for the audit."""
    tx.conn.execute(sa.update(grants).where(grants.c.id == grant).values(revoked=when))


def standing(conn: sa.Connection) -> list[GrantRow]:
    """Return the grants that nobody revoked, oldest first; expiry is the reader's to judge."""
    columns = [grants.c[name] for name in GrantRow.__struct_fields__]
    query = sa.select(*columns).where(grants.c.revoked.is_(None)).order_by(grants.c.made, grants.c.id)
    return [GrantRow(**row) for row in conn.execute(query).mappings()]


def record(tx: Tx, signal: PermissionDecided) -> None:
    """Store one decision."""
    tx.conn.execute(
        sa.insert(audit).values(
            time=tx.time,
            team=signal.team,
            agent=signal.agent,
            run=signal.run,
            call=signal.call,
            tool=signal.tool,
            target=signal.target,
            allowed=signal.allowed,
            rule=signal.rule,
            reason=signal.reason,
        )
    )


def decisions(conn: sa.Connection, run: str = "", limit: int = 200) -> list[PermissionDecided]:
    """Return the latest decisions (of one run), newest first."""
    query = sa.select(audit).order_by(audit.c.position.desc()).limit(limit)
    if run:
        query = query.where(audit.c.run == run)
    names = ("time", "team", "agent", "run", "call", "tool", "target", "allowed", "rule", "reason")
    return [PermissionDecided(**{name: row[name] for name in names}) for row in conn.execute(query).mappings()]
