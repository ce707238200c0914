# pyright: basic
"""Waiting on the main thread without locking anybody out: agents' reads are served, an interrupt arrives at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

LOOK_S = 0.02
"""How late a read of an agent, a stop or an interrupt may be noticed; fifty looks a second cost nothing."""


def wait_for(future: Future[T], serve: Callable[[], Any], *, on_interrupt: Callable[[], Any] | None = None) -> T:
    """Return the future's value; ``serve`` is called between looks. On KeyboardInterrupt ``on_interrupt`` first, then raise."""
    try:
        while True:
            try:
                return future.result(timeout=LOOK_S)
            except TimeoutError:
                if future.done():
                    return future.result()  # the work's own TimeoutError is the same class
                serve()
    except KeyboardInterrupt:
        if on_interrupt is not None:
            on_interrupt()
        raise
