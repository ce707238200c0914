"""One counter for the signals of a process: (epoch, seq), id and time. Shared by the store's writer and the bus.

Durable signals are in order among themselves, and so are transient ones; a transient signal that is published while a
transaction commits may overtake it, so a reader resumes from the last durable number it has seen.
"""

from __future__ import annotations

import itertools

import msgspec

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.signals import Signal


class Numbering:
    """Stamps signals. Thread-safe: ``next`` on an ``itertools.count`` is one step of the interpreter."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, *, workspace: str = "", epoch: int = 0) -> None:
        self.clock = clock
        self.workspace = workspace
        self.epoch = epoch
        self._counter = itertools.count(1)

    def stamp(self, signal: Signal) -> Signal:
        """Number ``signal`` in place and return it; one that has a number already is copied first.

        Signals are frozen for everybody else: nobody has seen this one before its number.
        """
        if signal.seq:
            signal = msgspec.structs.replace(signal)
        set_field = msgspec.structs.force_setattr
        set_field(signal, "seq", next(self._counter))
        set_field(signal, "epoch", self.epoch)
        if not signal.id:
            set_field(signal, "id", new_id("sig"))
        if not signal.time:
            set_field(signal, "time", self.clock.now())
        if self.workspace and not signal.workspace:
            set_field(signal, "workspace", self.workspace)
        return signal

    def complete(self, signal: Signal) -> Signal:
        """Give a signal what it lacks of a number: one that nobody stamped, or that was stamped before the epoch was known."""
        if not signal.seq:
            return self.stamp(signal)
        if not signal.epoch:
            msgspec.structs.force_setattr(signal, "epoch", self.epoch)
        return signal
