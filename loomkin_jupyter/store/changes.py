"""What tools wrote to files, with the bytes from before, so that a person can take a change back.

A row is added with the intent of its write, before the file is touched: a kill in between loses no bytes. While that
intent is open, the file's content says whether the change came about.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
import zstandard

from loomkin_jupyter.store.rows import to_record
from loomkin_jupyter.store.tables.changes import changes
from loomkin_jupyter.store.transaction import Tx

_DESCRIBED = [column for column in changes.c if column.name != "content"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One write. Hashes are SHA-256 of the bytes, '' where there was no file. ``number`` orders changes."""

    number: int = 0
    call: str
    agent: str
    path: str
    before: str
    after: str
    team: str = ""
    run: str = ""
    time: float = 0.0
    undone: float | None = None


def add(tx: Tx, change: Change, content: bytes | None) -> int:
    """Keep a change and the file's ``content`` from before it (None: there was no file); return its number."""
    values = msgspec.to_builtins(msgspec.structs.replace(change, time=tx.time))
    del values["number"]
    packed = None if content is None else zstandard.ZstdCompressor(level=3).compress(content)
    inserted = tx.conn.execute(sa.insert(changes).values(content=packed, **values))
    key = inserted.inserted_primary_key
    return 0 if key is None else int(key[0])


def begun(conn: sa.Connection, call: str, *, agent: str, team: str) -> Change | None:
    """Return the newest standing change of a call: what it was about to write, when its intent is still open."""
    c = changes.c
    query = sa.select(*_DESCRIBED).where(c.call == call, c.agent == agent, c.team == team, c.undone.is_(None))
    row = conn.execute(query.order_by(c.position.desc()).limit(1)).mappings().first()
    return None if row is None else to_record({**row, "number": row["position"]}, Change)


def drop(tx: Tx, number: int) -> None:
    """Forget a change that never came about; one that was taken back stays."""
    tx.conn.execute(sa.delete(changes).where(changes.c.position == number, changes.c.undone.is_(None)))


def content_before(conn: sa.Connection, number: int) -> bytes | None:
    """Return what the file held before change ``number``, or None when there was no file."""
    packed = conn.execute(sa.select(changes.c.content).where(changes.c.position == number)).scalar_one()
    return None if packed is None else zstandard.ZstdDecompressor().decompress(packed)


def standing(conn: sa.Connection, path: str | None = None, run: str | None = None) -> list[Change]:
    """Return the changes that were not taken back, newest first: the order in which to undo them."""
    c = changes.c
    query = sa.select(*_DESCRIBED).where(c.undone.is_(None))
    if path is not None:
        query = query.where(c.path == path)
    if run is not None:
        query = query.where(c.run == run)
    rows = [dict(row) for row in conn.execute(query.order_by(c.position.desc())).mappings()]
    return [to_record({**row, "number": row["position"]}, Change) for row in rows]


def mark_undone(tx: Tx, number: int) -> bool:
    """Note that a change was taken back; False when it was already."""
    return (
        tx.conn.execute(
            sa.update(changes).where(changes.c.position == number, changes.c.undone.is_(None)).values(undone=tx.time)
        ).rowcount
        == 1
    )
