"""An actor's queue: one deque, and a future that is woken directly. Only this module touches the list.

Used on the loop's thread only. Waking hands over nothing: the reader takes its item itself, so a reader that is
cancelled between the two loses none.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class MailboxClosed(Exception):
    """Nothing is in the mailbox and nothing will come."""


class Mailbox(Generic[T]):
    """Items by ``order`` (smallest first), first in, first out within one order. One reader at a time."""

    __slots__ = ("_closed", "_items", "_received", "_waiter")

    def __init__(self) -> None:
        self._items: deque[tuple[int, T]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self._received = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def put(self, item: T, order: int = 0) -> bool:
        """Add behind everything of the same or a smaller ``order``; return False when the mailbox is closed."""
        if self._closed:
            return False
        items = self._items
        if not items or items[-1][0] <= order:
            items.append((order, item))
        else:
            place = len(items)
            while place and items[place - 1][0] > order:
                place -= 1
            items.insert(place, (order, item))
        self._received += 1
        self._wake()
        return True

    def put_front(self, item: T) -> bool:
        """Add before everything else; return False when the mailbox is closed."""
        if self._closed:
            return False
        self._items.appendleft((self._items[0][0] if self._items else 0, item))
        self._received += 1
        self._wake()
        return True

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    async def get(self) -> T:
        """Return the next item, waiting for one.

        :raises MailboxClosed: when there is none and the mailbox is closed.
        """
        items = self._items
        while not items:
            # As in _wait, without the cost of another coroutine: this is the hottest wait of all.
            if self._closed or self._waiter is not None:
                await self._wait()
                continue
            self._waiter = waiter = asyncio.get_running_loop().create_future()
            try:
                await waiter
            finally:
                if self._waiter is waiter:
                    self._waiter = None
        return items.popleft()[1]

    async def wait(self) -> None:
        """Wait until there is something to read, without taking it.

        :raises MailboxClosed: when there is nothing and the mailbox is closed.
        """
        while not self._items:
            await self._wait()

    async def _wait(self) -> None:
        if self._closed:
            raise MailboxClosed
        if self._waiter is not None and not self._waiter.done():
            raise RuntimeError("two readers wait on one mailbox")
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiter = waiter
        try:
            await waiter
        finally:
            if self._waiter is waiter:
                self._waiter = None

    def get_nowait(self) -> T | None:
        """Return the next item, or None when there is none."""
        return self._items.popleft()[1] if self._items else None

    def drain(self) -> list[T]:
        """Return every item in order and leave none."""
        drained = [item for _, item in self._items]
        self._items.clear()
        return drained

    def peek(self) -> tuple[T, ...]:
        """Return every item in order and leave them."""
        return tuple(item for _, item in self._items)

    def replace(self, fn: Callable[[list[T]], Iterable[T]]) -> None:
        """Set the items to ``fn(items)``, in that order: how a person edits, deletes and moves what waits."""
        orders = {id(item): order for order, item in self._items}
        changed: deque[tuple[int, T]] = deque()
        before = 0
        for item in fn([item for _, item in self._items]):
            before = orders.get(id(item), before)
            changed.append((before, item))
        self._items.clear()
        self._items.extend(changed)
        if changed:
            self._wake()

    def close(self) -> None:
        """Take no more; what is inside can still be read, and a reader that waits in vain hears of it."""
        self._closed = True
        self._wake()

    def statistics(self) -> dict[str, int | bool]:
        """Return how much waits and how much has come in so far."""
        return {"waiting": len(self._items), "received": self._received, "closed": self._closed}
