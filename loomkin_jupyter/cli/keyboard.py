"""Lines that a person types at the terminal, read so that the wait for one can be ended from another thread.

Reads the terminal's own descriptor: a thread that sits in ``sys.stdin.readline`` can neither be woken, nor does it let the
interpreter end in peace. Knows no questions.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
from typing import TextIO

_LONGEST = 65_536


class Woken(Exception):
    """Somebody ended the wait; what was typed meanwhile is thrown away."""


class Keyboard:
    """Reads whole lines from ``stream``. ``line`` belongs to one thread, ``wake`` to any."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdin
        self._typed = b""
        self._hear, self._call = os.pipe()
        os.set_blocking(self._hear, False)

    def line(self) -> str | None:
        """Return the next line without its end; None when there will be none (Ctrl-D, the terminal is gone).

        :raises Woken: when ``wake`` was called since the last call.
        """
        if os.name != "posix":
            return self._blocking()  # a pipe cannot be waited for beside a console there: the wait is not ended early
        while b"\n" not in self._typed:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._stream, selectors.EVENT_READ)
                waiting.register(self._hear, selectors.EVENT_READ)
                ready = {key.fileobj for key, _ in waiting.select()}
            if self._hear in ready:
                self._forget()
                raise Woken
            try:
                data = os.read(self._stream.fileno(), _LONGEST)
            except OSError:
                return None
            if not data:
                return None
            self._typed += data
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    def wake(self) -> None:
        """End the wait for a line, now or the next one that begins."""
        with contextlib.suppress(OSError):
            os.write(self._call, b"!")

    def clear(self) -> None:
        """Forget an earlier ``wake`` that nobody has heard."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._hear, _LONGEST):
                pass

    def _forget(self) -> None:
        """Throw away what was meant for somebody else's prompt: it must not answer the next one."""
        self.clear()
        self._typed = b""
        import termios  # not on every system

        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self._stream.fileno(), termios.TCIFLUSH)

    def _blocking(self) -> str | None:
        line = self._stream.readline()
        return line.rstrip("\r\n") if line else None
