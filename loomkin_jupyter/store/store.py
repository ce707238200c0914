"""The door to the database: durable changes through ``transact``, reads through ``read``, transient signals through
``journal``. Owns no SQL of its own; nothing here waits for the disk on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.store import leases, sqlite
from loomkin_jupyter.store.database import place_of
from loomkin_jupyter.store.reader import Reader
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.store.writer import Work, Writer

T = TypeVar("T")
BEHIND_S = 0.03
"""How long what nobody awaits waits for company; with the commit it stays under 50 ms."""


class Store:
    """One open database. Made by ``Store.open``; closed once."""

    def __init__(self, writer: Writer, reader: Reader, numbering: Numbering) -> None:
        self._writer = writer
        self._reader = reader
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._home: asyncio.AbstractEventLoop | None = None
        self.numbering = numbering

    @classmethod
    def open(
        cls,
        url_or_path: str | Path,
        *,
        clock: Clock = SYSTEM_CLOCK,
        on_commit: Callable[[list[Signal]], None] | None = None,
        numbering: Numbering | None = None,
        busy_ms: int = sqlite.BUSY_MS,
    ) -> Store:
        """Start the writer on a file or a ``sqlite:///`` URL and return at once; the file opens on its thread.

        ``on_commit`` hears each committed batch on the writer's thread. ``numbering`` is shared with the bus.
        """
        path = place_of(url_or_path)
        numbering = numbering or Numbering(clock)
        writer = Writer(path, numbering, on_commit, busy_ms=busy_ms)
        writer.start()
        return cls(writer, Reader(path), numbering)

    def deliver_to(self, loop: asyncio.AbstractEventLoop, publish: Callable[[list[Signal]], None]) -> None:
        """Have ``publish`` called on ``loop`` with each committed batch, before those who wait for it go on."""
        self._writer.deliver = (loop, publish)
        self._home = loop

    @property
    def path(self) -> Path:
        """The database file."""
        return self._writer.path

    @property
    def epoch(self) -> int:
        """This process's number; 0 until the store is ready."""
        return self.numbering.epoch

    async def ready(self) -> None:
        """Wait until the database is open.

        :raises StoreError: when it cannot be.
        """
        await asyncio.shield(asyncio.wrap_future(self._writer.opened))

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on the writer's thread in a transaction and return its value after commit and publication.

        :raises StoreError: when the database fails; LeaseLost when the team is not ours any more; else what it raised.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.put(Work(work, future, loop))
        return await future

    def hand_over(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Leave ``work`` to the next transaction, or to one of its own within 50 ms; the future tells of its commit.

        Works are committed in the order in which they were handed over: who awaits a later one has this one too.
        """
        return self.chain(work, None, soon=True)[0]

    def chain(
        self, work: Callable[[Tx], T], after: Work | None, *, soon: bool = False
    ) -> tuple[asyncio.Future[T], Work]:
        """Hand ``work`` over behind ``after``, without which it has no meaning: one that fails takes the other along.

        Return what to await, and what the next one may rest on. ``soon`` as in ``hand_over``, else at once.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(_heard)
        handed = Work(work, future, loop, after)
        self._writer.put(handed, ring=not soon)
        if soon:
            self._ring_later(loop)
        return future, handed

    def transact_nowait(self, work: Callable[[Tx], T]) -> Future[T]:
        """Run ``work`` like ``transact``, from any thread, without waiting; the future may be dropped."""
        future: Future[T] = Future()
        self._writer.put(Work(work, future))
        return future

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` on the reader's thread and return its value; it sees every commit that was awaited before.

        :raises StoreError: when the database fails; else what ``work`` raised.
        """
        if self._writer.opened.done():
            self._writer.opened.result()
        else:
            await self.ready()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._reader.put(work, future)
        return await future

    def journal(self, signal: Signal) -> None:
        """Write a transient signal that the bus has numbered, within 50 ms."""
        self._writer.journal(signal)
        if self._timer is None:
            try:
                self._ring_later(asyncio.get_running_loop())
            except RuntimeError:  # from a thread without a loop, and so without a timer
                self._writer.ring()

    def _ring_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the writer woken in a moment: what may wait is written together, and costs it one change of threads.

        Only by a timer of the store's own loop: another may stand still (a kernel's, while a cell runs), and everybody's
        work would wait for it.
        """
        self._home = self._home or loop
        if loop is not self._home:
            self._writer.ring()
        elif self._timer is None:
            self._timer = loop.call_later(BEHIND_S, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._writer.waiting:
            self._writer.ring()

    async def flush(self) -> None:
        """Wait until everything handed over so far is committed."""
        await self.transact(_nothing)

    async def take_lease(self, team: str, holder: str) -> int:
        """Become the process that runs ``team``; from now on every transaction checks that it still is.

        :raises StoreError: when a live process has it; the message names the holder.
        """
        await self.ready()
        held = self._writer.held

        def work(tx: Tx) -> int:
            return leases.take(tx, team, holder, self.epoch)

        epoch = await self.transact(work)
        held[team] = epoch
        return epoch

    async def release_lease(self, team: str) -> None:
        """Give ``team`` back."""
        epoch = self._writer.held.pop(team, None)
        if epoch is not None:
            await self.transact(lambda tx: leases.release(tx, team, epoch))

    async def close(self) -> None:
        """Commit what waits, give leases back, close the file. A lost lease or a broken disk does not prevent it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        held = dict(self._writer.held)

        def last(tx: Tx) -> None:
            for team, epoch in held.items():
                leases.release(tx, team, epoch)

        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._writer.close(Work(last, future, loop))
        try:
            await future
        except StoreError:
            pass  # told to whoever wrote before; there is nothing left to lose here
        self._reader.close()
        await asyncio.wrap_future(self._writer.ended)
        await asyncio.wrap_future(self._reader.ended)

    def statistics(self) -> dict[str, Any]:
        """Return what the writer and the reader did since the start."""
        return {
            "path": str(self.path),
            "epoch": self.epoch,
            "leases": sorted(self._writer.held),
            "reads": self._reader.reads,
            **self._writer.statistics(),
        }


def _heard(future: asyncio.Future[Any]) -> None:
    """Take an error in, so that one who was cancelled before he could await it leaves no warning behind."""
    if not future.cancelled():
        future.exception()


def _nothing(tx: Tx) -> None:
    """Commit whatever waits."""
