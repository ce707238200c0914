"""The thread with the event loop on which everything asynchronous of ours runs, and the doors into it from outside.

Never used by a forked child: there ``call`` and ``run`` refuse, ``post`` and ``close`` do nothing.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.runtime.pool import shared_pool

T = TypeVar("T")
P = ParamSpec("P")

SWITCH_INTERVAL_S = 0.0005
"""Agents wake 0.7 ms late under a busy cell with it, 5.3 ms with Python's 5 ms; the cell keeps its speed."""

_LOOK_S = 0.2
_JOIN_S = 10.0


class Portal:
    """One per process, opened by the workspace. ``start`` and ``close`` may be called from any other thread."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self.clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._interval_before = 0.0
        self._calls = 0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop; raises UsageError before ``start`` and after ``close``."""
        if self._loop is None:
            raise UsageError("The portal is not running.", "Call start() first.")
        return self._loop

    @property
    def running(self) -> bool:
        """Whether the loop runs, in this process."""
        return self._loop is not None and self._pid == os.getpid()

    @property
    def inside(self) -> bool:
        """Whether the caller is on the loop's own thread."""
        return self._thread is threading.current_thread() and self.running

    def start(self) -> Portal:
        """Start the thread and return when its loop runs; a second call does nothing."""
        if self.running:
            return self
        ready = threading.Event()
        loop = asyncio.new_event_loop()
        self._interval_before = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH_INTERVAL_S, self._interval_before))
        self._loop, self._pid = loop, os.getpid()
        self._thread = threading.Thread(target=self._main, args=(loop, ready), name="loomkin-portal", daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def _main(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(ready.set)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(_end_everything())
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()

    def call(self, coro: Coroutine[Any, Any, T]) -> Future[T]:
        """Start ``coro`` on the loop from any thread; cancelling the future cancels it."""
        if not self.running:
            coro.close()
            raise UsageError("The portal does not run in this process.", "A forked child cannot use its parent's team.")
        self._calls += 1
        return asyncio.run_coroutine_threadsafe(coro, self.loop)

    def run(self, coro: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run ``coro`` on the loop and wait for its value on another thread.

        KeyboardInterrupt arrives within ``_LOOK_S`` and cancels it. :raises TimeoutError: after ``timeout`` seconds.
        """
        if self.inside:
            coro.close()
            raise UsageError(
                "portal.run would wait for itself on the loop's own thread.", "Await the coroutine instead."
            )
        future = self.call(coro)
        until = None if timeout is None else self.clock.monotonic() + timeout
        try:
            while True:
                left = _LOOK_S if until is None else min(_LOOK_S, max(until - self.clock.monotonic(), 0.0))
                try:
                    return future.result(left)
                except TimeoutError:
                    if future.done():
                        # Finished between the look and now, or the coroutine's own TimeoutError.
                        return future.result()
                    if until is not None and self.clock.monotonic() >= until:
                        raise TimeoutError(f"no result within {timeout} s") from None
        except BaseException:
            future.cancel()
            raise

    def post(self, fn: Callable[..., object], *args: Any) -> bool:
        """Call ``fn(*args)`` on the loop soon, from any thread; return False when there is no loop any more."""
        loop = self._loop
        if loop is None or self._pid != os.getpid():
            return False
        try:
            loop.call_soon_threadsafe(fn, *args)
        except RuntimeError:
            return False  # closed between the look and the call
        return True

    def close(self) -> None:
        """Cancel what runs, end the thread, put the switch interval back; a second call does nothing."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None or self._pid != os.getpid():
            return
        if self.inside:
            raise UsageError("The portal cannot close itself from its own thread.", "Close it from outside.")
        self._loop = None
        try:
            loop.call_soon_threadsafe(loop.stop)
        except RuntimeError:
            pass  # the loop ended by itself
        thread.join(_JOIN_S)
        sys.setswitchinterval(self._interval_before)

    def __enter__(self) -> Portal:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def statistics(self) -> dict[str, Any]:
        """Return whether it runs, how many calls came in, and the thread pool's counts."""
        return {"running": self.running, "calls": self._calls, "pool": shared_pool().statistics()}


async def run_blocking(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function on a daemon thread and return its value.

    Cancelling the wait abandons the thread: it is counted and ends with its work.
    """
    return await shared_pool().run(functools.partial(fn, *args, **kwargs))


async def _end_everything() -> None:
    """Cancel every task but this one, and again while some do not listen, for a bounded number of rounds."""
    me = asyncio.current_task()
    for _ in range(3):
        tasks = [task for task in asyncio.all_tasks() if task is not me]
        if not tasks:
            return
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=2.0)
