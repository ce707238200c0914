"""Keeps children alive: a crash is told and the body runs again, until it crashes too often. Nobody is orphaned.

A body that returns has ended on purpose and is not run again; a one-shot child is never run again. The restart happens
inside the child's own task, so a restarted actor keeps its task, its context and its mailbox.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock

ChildState = Literal["running", "ended", "failed", "stopped"]
OnRestart = Callable[[str, BaseException, int], Awaitable[object]]
OnFailed = Callable[[str, BaseException], Awaitable[object]]

_ROUNDS = 3


class Child:
    """One supervised body. ``restarts`` counts all of them, ``error`` is the last crash."""

    __slots__ = ("_crash", "_stopping", "_times", "error", "factory", "name", "one_shot", "restarts", "state", "task")

    def __init__(self, name: str, factory: Callable[[], Awaitable[object]], one_shot: bool) -> None:
        self.name = name
        self.factory = factory
        self.one_shot = one_shot
        self.state: ChildState = "running"
        self.restarts = 0
        self.error: BaseException | None = None
        self.task: asyncio.Task[None] | None = None
        self._times: deque[float] | None = None
        self._stopping = False
        self._crash: BaseException | None = None

    @property
    def alive(self) -> bool:
        """Whether its task still runs."""
        return self.task is not None and not self.task.done()

    async def wait(self) -> ChildState:
        """Wait until it has ended for good and return how."""
        if self.task is not None:
            await asyncio.wait([self.task])
        return self.state

    def asked_to_stop(self) -> bool:
        """Whether ``stop`` or ``close`` is ending it."""
        return self._stopping

    # The supervisor's own words to its child; nobody else calls these.

    def stop_soon(self) -> None:
        self._stopping = True
        if self.task is not None:
            self.task.cancel()

    def crash_soon(self, error: BaseException) -> bool:
        if self.task is None or self._stopping or self._crash is not None:
            return False
        self._crash = error
        return self.task.cancel()

    def take_crash(self) -> BaseException | None:
        crash, self._crash = self._crash, None
        return crash

    def count_restart(self, now: float, window_s: float) -> int:
        """Note a crash at ``now`` and return how many fell into the window, this one included."""
        times = self._times = self._times or deque()
        times.append(now)
        while times[0] <= now - window_s:
            times.popleft()
        return len(times)


class Supervisor:
    """One for one: a crash concerns nobody but the child, unless it crashes more than ``most_restarts`` in ``window_s``."""

    def __init__(
        self,
        name: str,
        *,
        clock: Clock = SYSTEM_CLOCK,
        most_restarts: int = 3,
        window_s: float = 5.0,
        on_restart: OnRestart | None = None,
        on_failed: OnFailed | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self.most_restarts = most_restarts
        self.window_s = window_s
        self.on_restart = on_restart
        self.on_failed = on_failed
        self._children: dict[str, Child] = {}
        self._nested: dict[str, tuple[Supervisor, str]] = {}
        self._closed = False
        self._started = self._restarts = self._failed = self._unheeded = 0

    @property
    def children(self) -> dict[str, Child]:
        """The children that run, by name."""
        return dict(self._children)

    def start(self, name: str, factory: Callable[[], Awaitable[object]], *, one_shot: bool = False) -> Child:
        """Run ``await factory()`` as the child ``name``, again after each crash unless it is ``one_shot``.

        :raises ValueError: when a child of that name runs, or the supervisor is closed.
        """
        if self._closed:
            raise ValueError(f"supervisor {self.name} is closed; it cannot start {name}")
        if name in self._children:
            raise ValueError(f"supervisor {self.name} already runs a child named {name}; stop it first")
        child = Child(name, factory, one_shot)
        self._children[name] = child
        self._started += 1
        child.task = asyncio.get_running_loop().create_task(self._run(child), name=name)
        # Not in the task itself: one that is cancelled before its first step never runs a line.
        child.task.add_done_callback(lambda _: self._forget(child))
        return child

    def _forget(self, child: Child) -> None:
        if child.state == "running":
            child.state = "stopped"
        if self._children.get(child.name) is child:
            del self._children[child.name]

    def nest(self, name: str, *, under: str = "") -> Supervisor:
        """Return a supervisor that ends with this one, and with the child ``under`` when that ends for good."""
        if self._closed or name in self._nested:
            raise ValueError(f"supervisor {self.name} is closed or already has a nested supervisor named {name}")
        nested = Supervisor(
            name,
            clock=self.clock,
            most_restarts=self.most_restarts,
            window_s=self.window_s,
            on_restart=self.on_restart,
            on_failed=self.on_failed,
        )
        self._nested[name] = (nested, under)
        return nested

    async def _run(self, child: Child) -> None:
        try:
            while True:
                error = await self._once(child)
                if error is None:
                    child.state = "ended"
                    return
                if not await self._may_run_again(child, error):
                    return
        finally:
            self._forget(child)
            await self._close_nested(under=child.name)

    async def _once(self, child: Child) -> BaseException | None:
        """Run the body once; return what it crashed with. A cancellation from outside ends the child."""
        try:
            await child.factory()
        except asyncio.CancelledError as cancelled:
            crash = child.take_crash()
            task = child.task
            if child.asked_to_stop() or task is None:
                raise
            if crash is not None:
                task.uncancel()
                return crash
            if task.cancelling():
                child.state = "stopped"
                raise
            return cancelled  # something the body waited for was cancelled: a crash like any other
        except GeneratorExit:
            raise
        except BaseException as error:  # the door of rule 8: SystemExit of one child must not end the loop for all
            return error
        return None

    async def _may_run_again(self, child: Child, error: BaseException) -> bool:
        child.error = error
        within = child.count_restart(self.clock.monotonic(), self.window_s)
        if child.one_shot or within > self.most_restarts:
            await self._fail(child, error)
            return False
        child.restarts += 1
        self._restarts += 1
        if self.on_restart is None:
            await asyncio.sleep(0)  # a body that crashes at once must not keep the loop from everybody else
        else:
            try:
                await self.on_restart(child.name, error, child.restarts)
            except Exception as failure:  # who cannot tell of a crash cannot go on: the child fails with that
                failure.__context__ = error
                await self._fail(child, failure)
                return False
        return True

    async def _fail(self, child: Child, error: BaseException) -> None:
        child.state = "failed"
        child.error = error
        self._failed += 1
        if self.on_failed is not None:
            await self.on_failed(child.name, error)

    def crash(self, name: str, error: BaseException) -> bool:
        """Crash the child ``name`` where it waits, as if its body had raised ``error``; False when it does not run."""
        child = self._children.get(name)
        return child is not None and child.crash_soon(error)

    async def stop(self, name: str, grace: float = 1.0) -> bool:
        """Cancel the child and wait up to ``grace`` seconds; return whether it has ended (True when it never ran)."""
        child = self._children.get(name)
        if child is None:
            return True
        return await self._end([child], grace)

    async def _end(self, children: list[Child], grace: float) -> bool:
        me = asyncio.current_task()
        tasks = {child.task for child in children if child.task is not None and child.task is not me}
        for child in children:
            if child.task is not me:
                child.stop_soon()
        for _ in range(_ROUNDS):
            if not tasks:
                break
            # A body may swallow one cancellation; it is asked again before it is given up.
            _, tasks = await asyncio.wait(tasks, timeout=grace / _ROUNDS)
            for task in tasks:
                task.cancel()
        self._unheeded += len(tasks)
        for child in children:
            await self._close_nested(under=child.name)
            if child.task is me:
                child.stop_soon()  # last: a child that ends its own team must get this far
        return not tasks

    async def _close_nested(self, under: str | None = None) -> None:
        for name, (nested, owner) in list(self._nested.items()):
            if under is None or owner == under:
                del self._nested[name]
                await nested.close()

    async def close(self, grace: float = 1.0) -> bool:
        """End nested supervisors, then all children; return whether every one has ended. A second call does nothing."""
        self._closed = True
        await self._close_nested()
        return await self._end(list(self._children.values()), grace)

    def statistics(self) -> dict[str, Any]:
        """Return counts since the start; ``unheeded`` are tasks that ignored three cancellations."""
        return {
            "children": len(self._children),
            "started": self._started,
            "restarts": self._restarts,
            "failed": self._failed,
            "unheeded": self._unheeded,
            "nested": {name: nested.statistics() for name, (nested, _) in self._nested.items()},
        }
