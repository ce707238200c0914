"""How much at once and how fast: slots per kind of work, and token buckets. Both make callers wait, in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock

TOOL_SLOTS: Mapping[str, int] = {"shell": 20, "write": 10, "edit": 10, "git": 5, "other": 10}
TOTAL_SLOTS = 50


class Slots:
    """``limits`` per kind and ``total`` over all. Who cannot start waits; a kind that is full holds up no other kind."""

    def __init__(self, limits: Mapping[str, int] = TOOL_SLOTS, total: int = TOTAL_SLOTS) -> None:
        self.limits = dict(limits)
        self.total = total
        self._taken = dict.fromkeys(self.limits, 0)
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()
        self._peak = 0

    @asynccontextmanager
    async def take(self, kind: str) -> AsyncGenerator[None]:
        """Hold a slot of ``kind`` inside the block, waiting for one.

        :raises KeyError: for a kind that has no limit.
        """
        await self._enter(kind)
        try:
            yield
        finally:
            self._leave(kind)

    async def _enter(self, kind: str) -> None:
        if kind not in self.limits:
            raise KeyError(f"no slots of kind {kind!r}; there are {sorted(self.limits)}")
        if self._free(kind) and not any(waits == kind for waits, _ in self._waiting):
            self._hold(kind)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket = (kind, future)
        self._waiting.append(ticket)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._leave(kind)  # the slot was given in the moment of the cancellation: give it on
            else:
                self._waiting.remove(ticket)
            raise

    def _free(self, kind: str) -> bool:
        return self._taken[kind] < self.limits[kind] and sum(self._taken.values()) < self.total

    def _hold(self, kind: str) -> None:
        self._taken[kind] += 1
        self._peak = max(self._peak, sum(self._taken.values()))

    def _leave(self, kind: str) -> None:
        self._taken[kind] -= 1
        for ticket in list(self._waiting):
            waits, future = ticket
            if not future.done() and self._free(waits):
                self._waiting.remove(ticket)
                self._hold(waits)
                future.set_result(None)

    def statistics(self) -> dict[str, object]:
        """Return what is taken per kind, how many wait, and the most that were taken at once."""
        return {"taken": dict(self._taken), "waiting": len(self._waiting), "peak": self._peak, "total": self.total}


class TokenBucket:
    """``rate`` tokens per second flow in, up to ``burst``. Larger amounts than ``burst`` run into debt, once."""

    def __init__(self, rate: float, burst: float, clock: Clock = SYSTEM_CLOCK) -> None:
        if rate <= 0 or burst <= 0:
            raise ValueError(f"a token bucket needs a positive rate and burst, not {rate} and {burst}")
        self.rate = rate
        self.burst = burst
        self.clock = clock
        self._level = burst
        self._at = clock.monotonic()
        self._line = asyncio.Lock()

    def _flow(self) -> None:
        now = self.clock.monotonic()
        self._level = min(self.burst, self._level + (now - self._at) * self.rate)
        self._at = now

    def available(self) -> float:
        """Return how much could be taken now; negative while in debt."""
        self._flow()
        return self._level

    def try_take(self, amount: float = 1.0) -> bool:
        """Take ``amount`` if it is there (a full bucket suffices for more than ``burst``), else nothing."""
        self._flow()
        if self._level < min(amount, self.burst):
            return False
        self._level -= amount
        return True

    async def take(self, amount: float = 1.0) -> float:
        """Take ``amount``, waiting behind those who came first; return the seconds waited."""
        begun = self.clock.monotonic()
        async with self._line:
            while not self.try_take(amount):
                await self.clock.sleep(max((min(amount, self.burst) - self._level) / self.rate, 0.001))
        return self.clock.monotonic() - begun

    def give_back(self, amount: float) -> None:
        """Return what was reserved and not used (negative: take what was used beyond the reservation)."""
        self._flow()
        self._level = min(self.burst, self._level + amount)

    def statistics(self) -> dict[str, float]:
        """Return the level and the limits."""
        return {"level": self.available(), "rate": self.rate, "burst": self.burst}
