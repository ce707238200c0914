# pyright: basic
"""The user's namespace as a KernelPort: a queue of work for the kernel's main thread, served at quiet points only.

Quiet points: after a cell, when the kernel is idle, and while our own wait holds the main thread; never in the middle of a
cell. Code has a time limit and can be stopped; In, Out, ``_`` and the execution count are left alone.
"""

from __future__ import annotations

import _thread
import asyncio
import collections
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.ports import Evaluation
from loomkin_jupyter.tools.kernel import visible_names
from loomkin_jupyter.workspace.evaluate import TimeUp, evaluate

T = TypeVar("T")


class Job:
    """One piece of work and its future; ``limit_s`` counts from when it starts."""

    def __init__(self, work: Callable[[dict[str, Any]], Any], limit_s: float, loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.limit_s = limit_s
        self.loop = loop
        self.future: Future[Any] = Future()


class MainThread:
    """Runs jobs of agents on the main thread, one at a time."""

    def __init__(
        self,
        shell: Any,
        *,
        in_cell: bool = False,
        changed: Callable[[str, tuple[str, ...]], Any] = lambda agent, names: None,
    ) -> None:
        self._shell = shell
        self._changed = changed
        self._jobs: collections.deque[Job] = collections.deque()
        self._active: Job | None = None
        self._overrun = False
        self._in_cell = in_cell
        self._main_loop: asyncio.AbstractEventLoop | None = None
        self._served = 0
        self._names: tuple[str, ...] = ()
        self.look()
        shell.events.register("pre_run_cell", self._cell_begins)
        shell.events.register("post_run_cell", self._cell_ends)

    @property
    def live(self) -> bool:
        """There is a notebook kernel behind it."""
        return True

    def names(self) -> Sequence[str]:
        """Return the user's variables as they were at the last quiet point: a cell that runs is not looked into."""
        return self._names

    async def call(self, work: Callable[[dict[str, Any]], T], *, agent: str, limit_s: float = 0.2) -> T:
        """Run a read of the namespace at the next quiet point."""
        # A read is stopped late: 0.2 s is what it should take, a loaded machine may need more.
        return await self._submit(Job(work, max(limit_s, 2.0), asyncio.get_running_loop()))

    async def evaluate(self, code: str, *, agent: str, limit_s: float = 10.0) -> Evaluation:
        """Run code in the namespace at the next quiet point."""
        job = Job(lambda namespace: evaluate(code, namespace), limit_s, asyncio.get_running_loop())
        done: Evaluation = await self._submit(job)
        if done.changed:
            self._changed(agent, done.changed)
        return done

    def look(self) -> None:
        """Note which variables there are. Main thread only."""
        self._names = tuple(visible_names(self._shell.user_ns))

    def serve(self) -> None:
        """Run what waits. Main thread only."""
        if self._active is not None:
            return
        while self._jobs:
            self._run(self._jobs.popleft())

    def stop_active(self) -> bool:
        """Interrupt the job that runs now, from any thread; return whether there was one."""
        if self._active is None:
            return False
        self._overrun = True
        self._interrupt()
        return True

    def close(self) -> None:
        """Take the hooks out and refuse what still waits."""
        self._shell.events.unregister("pre_run_cell", self._cell_begins)
        self._shell.events.unregister("post_run_cell", self._cell_ends)
        while self._jobs:
            self._jobs.popleft().future.cancel()

    def statistics(self) -> dict[str, Any]:
        """Return counts for ``doctor``."""
        return {"waiting": len(self._jobs), "served": self._served, "in_cell": self._in_cell}

    async def _submit(self, job: Job) -> Any:
        self._jobs.append(job)
        self._wake()
        try:
            return await asyncio.wrap_future(job.future)
        except asyncio.CancelledError:
            if self._active is job:
                self.stop_active()
            raise

    def _wake(self) -> None:
        loop = self._main_loop or _loop_of(self._shell)
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._idle)

    def _idle(self) -> None:
        # The loop also turns inside a cell that awaits: its variables are not ours to read then.
        if not self._in_cell:
            self.serve()

    def _cell_begins(self, *_: Any) -> None:
        self._in_cell = True
        self.look()
        try:
            self._main_loop = asyncio.get_running_loop()
        except RuntimeError:
            self._main_loop = None  # plain IPython: the loop does not turn while a cell runs

    def _cell_ends(self, *_: Any) -> None:
        self._in_cell = False
        self.look()
        if self._jobs:
            loop = self._main_loop or _loop_of(self._shell)
            if loop is None:
                self.serve()
            else:
                loop.call_soon_threadsafe(self._idle)

    def _run(self, job: Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        self._served += 1
        self._overrun = False
        self._active = job
        timer = threading.Event()
        job.loop.call_soon_threadsafe(self._limit, job, timer)
        before = self._catch_signals()
        value: Any = None
        failed: BaseException | None = None
        try:
            value = job.work(self._shell.user_ns)
        except (TimeUp, KeyboardInterrupt):
            failed = ToolFailed("The work on the kernel's variables was stopped.")
        except Exception as error:  # carried to the one who waits on another thread, not swallowed
            failed = error
        finally:
            self._active = None
            timer.set()
            self._release_signals(before)
            self.look()
        if failed is None:
            job.future.set_result(value)
        else:
            job.future.set_exception(failed)

    def _limit(self, job: Job, finished: threading.Event) -> None:
        def over() -> None:
            if not finished.is_set() and self._active is job:
                self.stop_active()

        job.loop.call_later(job.limit_s, over)

    def _catch_signals(self) -> Any:
        """Let an interrupt stop the job even when the kernel is idle and ignores SIGINT."""
        if threading.current_thread() is not threading.main_thread():
            return None
        return signal.signal(signal.SIGINT, self._interrupted)

    def _release_signals(self, before: Any) -> None:
        if before is not None:
            signal.signal(signal.SIGINT, before)

    def _interrupted(self, *_: Any) -> None:
        if self._active is None:
            return  # the stop arrived when the job had just ended: it is nobody's
        if self._overrun:
            raise TimeUp
        raise KeyboardInterrupt

    def _interrupt(self) -> None:
        if hasattr(signal, "pthread_kill"):
            # A real signal wakes a sleeping system call; a simulated one waits for the next bytecode.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            _thread.interrupt_main()


def _loop_of(shell: Any) -> asyncio.AbstractEventLoop | None:
    kernel = getattr(shell, "kernel", None)
    io_loop = getattr(kernel, "io_loop", None)
    return getattr(io_loop, "asyncio_loop", None)
