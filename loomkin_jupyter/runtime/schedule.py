"""Timers on the injected clock: once at a moment, or again and again. A call that raises is reported, never lost."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock

Callback = Callable[[], Awaitable[object] | object]


class Timer:
    """A running timer. ``cancel`` is final and may be called twice."""

    __slots__ = ("calls", "name", "task")

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        """Whether it will not call any more."""
        return self.task is None or self.task.done()

    def cancel(self) -> None:
        """Call no more; a call that is under way is cancelled too."""
        if self.task is not None:
            self.task.cancel()


class Schedule:
    """Owns its timers; ``close`` ends them all. Used on the loop's thread only."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, *, on_error: Callable[[str, BaseException], object] | None = None):
        self.clock = clock
        self.on_error = on_error
        self._timers: set[Timer] = set()
        self._calls = self._errors = 0

    def at(self, when: float, fn: Callback, *, name: str = "") -> Timer:
        """Call (and await) ``fn`` when the clock's ``now`` reaches ``when``; a moment that has passed is now."""
        return self._start(name or _name(fn), lambda timer: self._once(timer, when, fn))

    def after(self, seconds: float, fn: Callback, *, name: str = "") -> Timer:
        """Call ``fn`` in ``seconds``."""
        return self.at(self.clock.now() + seconds, fn, name=name)

    def every(self, seconds: float, fn: Callback, *, name: str = "") -> Timer:
        """Call ``fn`` after each ``seconds``; a call that raises is reported and the next one comes all the same.

        :raises ValueError: when ``seconds`` is not positive.
        """
        if seconds <= 0:
            raise ValueError(f"a timer cannot repeat every {seconds} s; give a positive number")
        return self._start(name or _name(fn), lambda timer: self._again(timer, seconds, fn))

    def _start(self, name: str, body: Callable[[Timer], Any]) -> Timer:
        timer = Timer(name)
        timer.task = asyncio.get_running_loop().create_task(body(timer), name=f"timer {name}")
        self._timers.add(timer)
        timer.task.add_done_callback(lambda _: self._timers.discard(timer))
        return timer

    async def _once(self, timer: Timer, when: float, fn: Callback) -> None:
        # Sleeping may end early when the machine's clock was set; the moment counts, not the length.
        while (left := when - self.clock.now()) > 0:
            await self.clock.sleep(left)
        await self._call(timer, fn)

    async def _again(self, timer: Timer, seconds: float, fn: Callback) -> None:
        while True:
            await self.clock.sleep(seconds)
            await self._call(timer, fn)

    async def _call(self, timer: Timer, fn: Callback) -> None:
        timer.calls += 1
        self._calls += 1
        task = asyncio.get_running_loop().create_task(_run(fn))
        try:
            await asyncio.wait([task])
        finally:
            if not task.done():
                task.cancel()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._report(timer.name, error)

    def _report(self, name: str, error: BaseException) -> None:
        self._errors += 1
        if self.on_error is not None:
            self.on_error(name, error)
        else:
            context = {"message": f"timer {name} raised", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    async def close(self) -> None:
        """Cancel every timer and wait until they have ended."""
        tasks = [timer.task for timer in self._timers if timer.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def statistics(self) -> dict[str, Any]:
        """Return the timers that run, and how many calls were made and failed."""
        return {"timers": sorted(timer.name for timer in self._timers), "calls": self._calls, "errors": self._errors}


async def _run(fn: Callback) -> None:
    result = fn()
    if inspect.isawaitable(result):
        await result


def _name(fn: Callback) -> str:
    return getattr(fn, "__qualname__", repr(fn))
