"""Held regions of files in the store."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.ports import ClaimView
from loomkin_jupyter.store.tables.claims import claims
from loomkin_jupyter.store.transaction import Tx


class StoredClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim with its task, run, and the time at which it expires (seconds since the epoch)."""

    view: ClaimView
    task: str = ""
    run: str = ""
    expires: float = 0.0


def put(tx: Tx, team: str, claim: StoredClaim) -> None:
    """Insert a claim, or write its changed region and expiry."""
    view = claim.view
    values = {
        "path": view.path, "holder": view.holder, "start": view.start, "end": view.end, "symbol": view.symbol,
        "intent": view.intent, "task": claim.task, "run": claim.run, "expires": claim.expires,
    }  # fmt: skip
    changed = tx.conn.execute(sa.update(claims).where(claims.c.id == view.id).values(**values))
    if not changed.rowcount:
        tx.conn.execute(sa.insert(claims).values(id=view.id, team=team, made=tx.time, **values))


def remove(tx: Tx, ids: list[str]) -> None:
    """Delete claims."""
    tx.conn.execute(sa.delete(claims).where(claims.c.id.in_(ids)))


def load(conn: sa.Connection, team: str) -> list[StoredClaim]:
    """Return every claim of the team, oldest first."""
    rows = conn.execute(sa.select(claims).where(claims.c.team == team).order_by(claims.c.made, claims.c.id))
    return [
        StoredClaim(
            view=ClaimView(
                id=row.id,
                path=row.path,
                holder=row.holder,
                start=row.start,
                end=row.end,
                symbol=row.symbol,
                intent=row.intent,
            ),
            task=row.task,
            run=row.run,
            expires=row.expires,
        )
        for row in rows
    ]
