"""A clock that jumps: time stands still until a test moves it, then everything that is due happens at once."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading


class JumpingClock:
    """A Clock whose time moves only by ``jump``. Sleepers may live on any loop; ``jump`` may be called from any thread.

    With ``auto=True`` nobody waits: ``sleep`` moves the time itself and returns after giving other tasks a turn.
    """

    def __init__(self, start: float = 1_750_000_000.0, *, auto: bool = False) -> None:
        self._start = start
        self._elapsed = 0.0
        self._auto = auto
        self._lock = threading.Condition()
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> float:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self._auto or seconds <= 0:
            with self._lock:
                self._elapsed += max(seconds, 0.0)
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), loop, future))
            self._lock.notify_all()
        await future

    def jump(self, seconds: float) -> int:
        """Move time by ``seconds`` and wake whoever is due, in order; return how many were woken."""
        with self._lock:
            self._elapsed += seconds
            due: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
            while self._sleepers and self._sleepers[0][0] <= self._elapsed:
                _, _, loop, future = heapq.heappop(self._sleepers)
                due.append((loop, future))
        woken = 0
        for loop, future in due:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, future)
                woken += 1
        return woken

    @property
    def sleepers(self) -> int:
        """How many wait for a jump now (a cancelled sleeper does not count)."""
        with self._lock:
            return sum(not future.done() for _, _, _, future in self._sleepers)

    async def until_sleeping(self, count: int = 1, turns: int = 10_000) -> None:
        """Give other tasks turns until ``count`` of them sleep on this clock.

        :raises TimeoutError: when they do not within ``turns`` turns of the loop.
        """
        for _ in range(turns):
            if self.sleepers >= count:
                return
            await asyncio.sleep(0)
        raise TimeoutError(f"{self.sleepers} tasks sleep on the clock after {turns} turns, {count} were expected")


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
