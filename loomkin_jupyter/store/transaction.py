"""What a work may do inside a transaction: use the connection, emit signals, take handles, note a call's effect."""

from __future__ import annotations

import sqlalchemy as sa

from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.tables.handles import handles
from loomkin_jupyter.store.tables.intents import intents

# Made once: building a statement costs more than running it.
_LAST = Prepared(sa.select(handles.c.last).where(handles.c.prefix == sa.bindparam("of")))
_COUNT_UP = Prepared(
    sa.update(handles).where(handles.c.prefix == sa.bindparam("of")).values(last=sa.bindparam("number"))
)
_EFFECT = Prepared(sa.update(intents).where(intents.c.call == sa.bindparam("of")).values(effect=sa.bindparam("text")))


class Tx:
    """One work's view of the running transaction. Valid only while the work runs, only on the writer's thread."""

    __slots__ = ("_signals", "conn", "time")

    def __init__(self, conn: sa.Connection, time: float) -> None:
        self.conn = conn
        self.time = time
        self._signals: list[Signal] = []

    @property
    def signals(self) -> list[Signal]:
        """What was emitted so far, in order."""
        return self._signals

    def emit(self, signal: Signal) -> None:
        """Journal ``signal`` in this transaction and publish it after the commit."""
        self._signals.append(signal)

    def handle(self, prefix: str) -> str:
        """Return the next short handle, such as ``T3``; a number is never given twice."""
        return f"{prefix}{take_number(self.conn, prefix)}"

    def effect(self, call_id: str, text: str) -> None:
        """Note, together with the change itself, what the tool call ``call_id`` has done."""
        _EFFECT.run(self.conn, {"of": call_id, "text": text})


def take_number(conn: sa.Connection, prefix: str) -> int:
    """Count ``prefix`` up and return its new number, from 1."""
    found = _LAST.first(conn, {"of": prefix})
    number: int = 1 if found is None else found[0] + 1
    if found is None:
        conn.execute(sa.insert(handles).values(prefix=prefix, last=number))
    else:
        _COUNT_UP.run(conn, {"of": prefix, "number": number})
    return number
