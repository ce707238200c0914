"""The journal: append signals, read them back in order. Payloads are JSON; unknown types come back as ``Unknown``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.signals import Signal, decode, encode, type_of
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.tables.journal import journal

_INSERT = Prepared(sa.insert(journal), ("epoch", "seq", "time", "type", "team", "run", "payload"))


def append(conn: sa.Connection, signals: Sequence[Signal]) -> None:
    """Write numbered signals in the order given."""
    if signals:
        _INSERT.run_many(
            conn,
            [
                {
                    "epoch": signal.epoch,
                    "seq": signal.seq,
                    "time": signal.time,
                    "type": type_of(signal),
                    "team": signal.team,
                    "run": signal.run,
                    "payload": _payload(signal),
                }
                for signal in signals
            ],
        )


def read_from(
    conn: sa.Connection, epoch: int, seq: int, team: str | None = None, limit: int = 10_000, *, run: str | None = None
) -> list[Signal]:
    """Return up to ``limit`` signals after (``epoch``, ``seq``) in that epoch, by seq."""
    query = sa.select(journal.c.payload).where(journal.c.epoch == epoch, journal.c.seq > seq)
    if team is not None:
        query = query.where(journal.c.team == team)
    if run is not None:
        query = query.where(journal.c.run == run)
    return _decoded(conn.execute(query.order_by(journal.c.seq).limit(limit)).scalars())


def all_signals(
    conn: sa.Connection, *, run: str | None = None, after: int = 0, limit: int | None = None
) -> list[Signal]:
    """Return every signal (of one run, after row ``after``) across epochs, in the order of writing."""
    query = sa.select(journal.c.payload).where(journal.c.position > after).order_by(journal.c.position)
    if run is not None:
        query = query.where(journal.c.run == run)
    return _decoded(conn.execute(query.limit(limit)).scalars())


def iterate(conn: sa.Connection, *, page: int = 5_000) -> Iterator[Signal]:
    """Yield every signal in the order of writing, a page at a time (memory stays flat)."""
    after = 0
    while True:
        query = sa.select(journal.c.position, journal.c.payload).where(journal.c.position > after)
        rows = conn.execute(query.order_by(journal.c.position).limit(page)).all()
        if not rows:
            return
        after = rows[-1][0]
        yield from _decoded(payload for _, payload in rows)


def count(conn: sa.Connection) -> int:
    """Return how many signals are stored."""
    return conn.execute(sa.select(sa.func.count()).select_from(journal)).scalar_one()


def last(conn: sa.Connection) -> tuple[int, int]:
    """Return (epoch, seq) of the last signal written, or (0, 0)."""
    query = sa.select(journal.c.epoch, journal.c.seq).order_by(journal.c.position.desc()).limit(1)
    row = conn.execute(query).first()
    return (0, 0) if row is None else (row[0], row[1])


def _decoded(payloads: Iterable[str]) -> list[Signal]:
    return [decode(payload) for payload in payloads]


def _payload(signal: Signal) -> str:
    try:
        return encode(signal).decode()
    except UnicodeEncodeError:
        # Output of programs may hold half a surrogate pair; it must not cost the batch its commit.
        plain = {key: _mended(value) for key, value in msgspec.structs.asdict(signal).items()}
        return encode(type(signal)(**plain)).decode()


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_mended(item) for item in cast("list[Any]", value)]
    return value
