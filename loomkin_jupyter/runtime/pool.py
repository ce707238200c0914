"""Daemon threads for blocking work. asyncio's own pool would hold up the interpreter's exit; these never do.

A thread whose caller gave up is abandoned: it is counted, its place is given to a new one, and it ends with its work.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

IDLE_S = 10.0


class _Job:
    __slots__ = ("abandoned", "call", "context", "future", "loop", "running")

    def __init__(self, call: Callable[[], Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
        self.call = call
        self.loop = loop
        self.future = future
        self.context = contextvars.copy_context()
        self.running = False
        self.abandoned = False


class DaemonPool:
    """At most ``most`` threads at work at a time, made on demand, ended after ``IDLE_S`` without work. Thread-safe."""

    def __init__(self, most: int = 32, name: str = "loomkin-pool") -> None:
        self.most = most
        self._name = name
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._threads = self._idle = self._made = self._abandoned = self._waiting = 0

    async def run(self, call: Callable[[], T]) -> T:
        """Run ``call`` on a thread and return its value; cancelling the wait abandons the thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = _Job(call, loop, future)
        self._put(job)
        try:
            return await future
        except asyncio.CancelledError:
            self._abandon(job)
            raise

    def _put(self, job: _Job) -> None:
        with self._lock:
            self._waiting += 1
            self._queue.put(job)
            if self._idle < self._waiting and self._threads < self.most:
                self._start()

    def _start(self) -> None:
        self._threads += 1
        self._made += 1
        threading.Thread(target=self._main, name=f"{self._name}-{self._made}", daemon=True).start()

    def _abandon(self, job: _Job) -> None:
        with self._lock:
            if job.abandoned or not job.running:
                job.abandoned = True
                return
            job.abandoned = True
            self._abandoned += 1
            # Its place is free at once: stuck work must not starve the rest.
            self._threads -= 1
            if self._waiting > self._idle:
                self._start()

    def _main(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            try:
                job: _Job | None = self._queue.get(timeout=IDLE_S)
            except queue.Empty:
                job = None
            with self._lock:
                self._idle -= 1
                if job is None:
                    if self._waiting:
                        continue  # work came in while this thread was giving up
                    self._threads -= 1
                    return
                self._waiting -= 1
                if job.abandoned:
                    continue
                job.running = True
            if self._work(job):
                return

    def _work(self, job: _Job) -> bool:
        """Do one job; return whether the thread was abandoned meanwhile and must end."""
        value: Any = None
        error: BaseException | None = None
        try:
            value = job.context.run(job.call)
        except BaseException as raised:  # carried to the one who waits, not swallowed
            error = raised
        with self._lock:
            job.running = False
            if job.abandoned:
                self._abandoned -= 1
                return True
        try:
            job.loop.call_soon_threadsafe(_settle, job.future, value, error)
        except RuntimeError:
            pass  # its loop was closed meanwhile: nobody waits
        return False

    def statistics(self) -> dict[str, int]:
        """Return how many threads live, are idle and are abandoned, and how much work waits."""
        with self._lock:
            return {
                "threads": self._threads,
                "idle": self._idle,
                "abandoned": self._abandoned,
                "waiting": self._waiting,
                "most": self.most,
            }


def _settle(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if isinstance(error, StopIteration):
        # A future cannot carry it; a generator's end that escaped is an error like any other.
        error = RuntimeError(f"the work raised StopIteration({error.value!r})")
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)


_pool: DaemonPool | None = None


def shared_pool() -> DaemonPool:
    """Return the process's pool, made on first use."""
    global _pool
    if _pool is None:
        _pool = DaemonPool()
    return _pool


def _after_fork() -> None:
    """A forked child has none of the threads: it starts with a pool of its own."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
