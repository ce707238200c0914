# pyright: basic
"""One pump per workspace: signals in, numbered batches out, at most 20 a second, to every page that listens.

Invariants: ``seq`` grows by one with each batch; a snapshot carries the seq of the batch it includes. Signals and timers run
on one loop; ``snapshot`` may be asked for from any thread, hence the lock.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.views.projection import Projection

INTERVAL_S = 0.05
SOON_S = 0.005
TICK_S = 1.0

Listener = Callable[[JsonObject], Any]


class Pump:
    """Projects signals and hands out batches ``{"kind": "delta", "seq", "patch"}``."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock = SYSTEM_CLOCK) -> None:
        self._loop = loop
        self._clock = clock
        self._lock = threading.RLock()
        self._projection = Projection()
        self._listeners: list[Listener] = []
        self._seq = 0
        self._sent_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._held: list[Signal] | None = []
        self._batches = 0
        self._closed = False

    def take(self, signal: Signal) -> None:
        """Take one signal in (on the loop); it leaves with the next batch."""
        with self._lock:
            if self._held is not None:
                self._held.append(signal)
                return
            self._projection.apply(signal)
        self._schedule()

    def begin(self, projection: Projection, after: tuple[int, int]) -> None:
        """Start from what the journal told; of the signals held meanwhile only those after (epoch, seq) still count."""
        with self._lock:
            held, self._held = self._held or [], None
            self._projection = projection
            for signal in held:
                if not signal.seq or (signal.epoch, signal.seq) > after:
                    projection.apply(signal)
            projection.tick(self._clock.now())
            projection.take_patch()  # whoever listens already gets a whole snapshot instead
            self._seq += 1
            batch = self._whole()
            listeners = list(self._listeners)
        self._send(listeners, batch)
        self._schedule_tick()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have ``listener`` called with each batch, on the loop; the returned function ends that."""
        with self._lock:
            self._listeners.append(listener)

        def leave() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return leave

    def snapshot(self) -> JsonObject:
        """Return ``{"kind": "snapshot", "seq", "state"}``; pending changes leave as a batch of their own first."""
        with self._lock:
            return self._whole()

    def state(self) -> JsonObject:
        """Return a copy of the state."""
        with self._lock:
            return self._projection.snapshot()

    def flush(self) -> None:
        """Send what is pending now (on the loop)."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with self._lock:
            self._projection.tick(self._clock.now())
            patch = self._projection.take_patch()
            if patch is None:
                return
            self._seq += 1
            batch: JsonObject = {"kind": "delta", "seq": self._seq, "patch": patch}
            listeners = list(self._listeners)
        self._sent_at = self._loop.time()
        self._send(listeners, batch)

    def close(self) -> None:
        """End the timers; pending changes leave first."""
        self.flush()
        self._closed = True
        for timer in (self._timer, self._tick):
            if timer is not None:
                timer.cancel()

    def statistics(self) -> dict[str, Any]:
        """Return counts for ``doctor``."""
        return {
            "seq": self._seq,
            "batches": self._batches,
            "listeners": len(self._listeners),
            **self._projection.statistics(),
        }

    def _whole(self) -> JsonObject:
        # Changes not yet sent are in the snapshot too; the batch that brings them again changes nothing.
        return {"kind": "snapshot", "seq": self._seq, "state": self._projection.snapshot()}

    def _schedule(self) -> None:
        if self._timer is None and not self._closed:
            wait = max(SOON_S, self._sent_at + INTERVAL_S - self._loop.time())
            self._timer = self._loop.call_later(wait, self.flush)

    def _schedule_tick(self) -> None:
        if self._closed:
            return
        self._tick = self._loop.call_later(TICK_S, self._schedule_tick)
        # Time only moves on the page while somebody works: an idle kernel sends nothing.
        if any(run["status"] == "running" for run in self._projection.state["runs"].values()):
            self._schedule()

    def _send(self, listeners: Iterable[Listener], batch: JsonObject) -> None:
        self._batches += 1
        for listener in listeners:
            listener(batch)
