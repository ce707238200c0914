"""Signals to whoever listens: bounded subscriptions that never slow a publisher, and callbacks that cannot hurt one.

Used on the loop's thread only. Signals reach every listener in the order of publication, also those that a listener
publishes while it is told of another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.signals import ErrorReported, GapMarked, Signal, type_of

_MOST_ROUTES = 4096


class Subscription:
    """An async iterator over signals. When its reader is slow the oldest are lost, and it yields GapMarked for them."""

    __slots__ = ("_bus", "_items", "_waiter", "capacity", "closed", "lost", "topic", "types")

    def __init__(self, bus: Bus, topic: str, types: frozenset[str] | None, capacity: int) -> None:
        self._bus = bus
        self.topic = topic
        self.types = types
        self.capacity = capacity
        self.lost = 0
        self.closed = False
        self._items: deque[Signal] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def push(self, signal: Signal) -> None:
        """Add a signal; only the bus does this."""
        items = self._items
        items.append(signal)
        if len(items) > self.capacity:
            items.popleft()
            self.lost += 1
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Signal:
        while not self._items:
            if self.closed:
                raise StopAsyncIteration
            await self._wait()
        return self._gap() if self.lost else self._items.popleft()

    async def wait(self) -> None:
        """Wait until there is something to drain, or the subscription is closed."""
        while not self._items and not self.closed:
            await self._wait()

    def drain(self, most: int | None = None) -> list[Signal]:
        """Return what waits, oldest first, behind a GapMarked when some were lost."""
        drained: list[Signal] = [self._gap()] if self.lost else []
        items = self._items
        for _ in range(len(items) if most is None else min(most, len(items))):
            drained.append(items.popleft())
        return drained

    def _gap(self) -> GapMarked:
        lost, self.lost = self.lost, 0
        return GapMarked(lost=lost, time=self._bus.clock.now())

    async def _wait(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            raise RuntimeError("two readers wait on one subscription")
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiter = waiter
        try:
            await waiter
        finally:
            if self._waiter is waiter:
                self._waiter = None

    def close(self) -> None:
        """Get no more signals; iteration ends after those that wait. A second call does nothing."""
        if not self.closed:
            self.closed = True
            self._bus.leave(self)
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)


class Listener:
    """A callback on the bus; ``close`` takes it away."""

    __slots__ = ("_bus", "closed", "fn", "topic", "types")

    def __init__(self, bus: Bus, fn: Callable[[Signal], object], topic: str, types: frozenset[str] | None) -> None:
        self._bus = bus
        self.fn = fn
        self.topic = topic
        self.types = types
        self.closed = False

    def push(self, signal: Signal) -> None:
        """Call the callback; one that raises is reported and never breaks the publisher."""
        if self.closed:
            return
        try:
            self.fn(signal)
        except Exception as error:  # the bus subscriber's door
            self._bus.report(self, signal, error)

    def close(self) -> None:
        """Be told no more."""
        if not self.closed:
            self.closed = True
            self._bus.leave(self)


class Bus:
    """``publish`` numbers a signal that has no number yet and hands it to everyone whose topic and types fit.

    A topic is ``*``, or ``workspace/team/agent`` from the left as far as one cares, with ``*`` for any one part.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK, numbering: Numbering | None = None) -> None:
        self.clock = clock
        self.numbering = numbering or Numbering(clock)
        self._targets: list[Subscription | Listener] = []
        self._routes: dict[tuple[type[Signal], str, str, str], tuple[Callable[[Signal], object], ...]] = {}
        self._pending: deque[Signal] = deque()
        self._publishing = False
        self._published = self._errors = 0

    def publish(self, signal: Signal) -> Signal:
        """Give ``signal`` to its listeners and return it, numbered. Never waits."""
        if not signal.seq:
            signal = self.numbering.stamp(signal)
        if self._publishing:
            self._pending.append(signal)
            return signal
        self._publishing = True
        try:
            self._deliver(signal)
            while self._pending:
                self._deliver(self._pending.popleft())
        finally:
            self._publishing = False
        return signal

    def publish_all(self, signals: Iterable[Signal]) -> None:
        """Publish a committed batch in its order."""
        for signal in signals:
            self.publish(signal)

    def _deliver(self, signal: Signal) -> None:
        self._published += 1
        key = (type(signal), signal.workspace, signal.team, signal.agent)
        route = self._routes.get(key)
        if route is None:
            route = self._route(signal, key)
        for push in route:
            push(signal)

    def _route(self, signal: Signal, key: tuple[type[Signal], str, str, str]) -> tuple[Callable[[Signal], object], ...]:
        if len(self._routes) >= _MOST_ROUTES:
            self._routes.clear()
        name, parts = type_of(signal), key[1:]
        route = tuple(
            target.push
            for target in self._targets
            if (target.types is None or name in target.types) and _fits(target.topic, parts)
        )
        self._routes[key] = route
        return route

    def subscribe(
        self, topic: str = "*", *, types: Iterable[str] | None = None, capacity: int = 10_000
    ) -> Subscription:
        """Return a subscription that holds at most ``capacity`` unread signals of ``topic`` (and ``types``)."""
        subscription = Subscription(self, topic, None if types is None else frozenset(types), max(capacity, 1))
        self._join(subscription)
        return subscription

    def listen(self, fn: Callable[[Signal], object], topic: str = "*", types: Iterable[str] | None = None) -> Listener:
        """Have ``fn`` called with each fitting signal, at once and on the loop; it must be quick."""
        listener = Listener(self, fn, topic, None if types is None else frozenset(types))
        self._join(listener)
        return listener

    def _join(self, target: Subscription | Listener) -> None:
        self._targets.append(target)
        self._routes.clear()

    def leave(self, target: Subscription | Listener) -> None:
        """Take a target away; its own ``close`` calls this."""
        if target in self._targets:
            self._targets.remove(target)
            self._routes.clear()

    def report(self, listener: Listener, signal: Signal, error: Exception) -> None:
        """Tell people that a callback raised; about a signal that is itself an error report it is only counted."""
        self._errors += 1
        if isinstance(signal, ErrorReported):
            return
        name = getattr(listener.fn, "__qualname__", repr(listener.fn))
        self.publish(
            ErrorReported(
                where=f"{name} on {type_of(signal)}",
                message=f"{type(error).__name__}: {error}",
                remedy="The signal itself is stored; reload the view to see it. Please report this as a defect.",
                team=signal.team,
                run=signal.run,
                cause=signal.id,
            )
        )

    def close(self) -> None:
        """End every subscription."""
        for target in list(self._targets):
            target.close()

    def statistics(self) -> dict[str, Any]:
        """Return what was published, who listens, how much waits unread and how much was lost."""
        queues = [target for target in self._targets if isinstance(target, Subscription)]
        return {
            "published": self._published,
            "subscriptions": len(queues),
            "listeners": len(self._targets) - len(queues),
            "waiting": sum(len(target) for target in queues),
            "lost_unread": sum(target.lost for target in queues),
            "errors": self._errors,
        }


def _fits(topic: str, parts: tuple[str, ...]) -> bool:
    if topic == "*":
        return True
    wanted = topic.split("/")
    return len(wanted) <= len(parts) and all(want in ("*", part) for want, part in zip(wanted, parts, strict=False))
