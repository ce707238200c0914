"""The one thread that writes: works and signals that wait together share a transaction, each work in a savepoint.

Never runs a work twice; never publishes what was not committed. A work that raises takes back only itself; a database
that fails takes back the batch, and every work in it hears why. Transient signals of a failed batch are kept for the
next one, up to ``MOST_KEPT``.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.store import database, journal, leases, sqlite
from loomkin_jupyter.store.transaction import Tx

MOST_TOGETHER = 512
MOST_KEPT = 100_000


class Work:
    """Something to do in a transaction, and who waits for it: a loop's future or a thread's.

    ``after`` is an earlier work without which this one has no meaning: it fails with it.
    """

    __slots__ = ("after", "error", "future", "loop", "run", "value")

    def __init__(
        self,
        run: Callable[[Tx], Any],
        future: asyncio.Future[Any] | Future[Any],
        loop: asyncio.AbstractEventLoop | None = None,
        after: Work | None = None,
    ) -> None:
        self.run = run
        self.future = future
        self.loop = loop
        self.after = after
        self.value: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Wake whoever waits; one who gave up is left alone. Runs on the loop for a loop's future."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


class Writer:
    """Owns the writing connection and its thread."""

    def __init__(
        self,
        path: Path,
        numbering: Numbering,
        on_commit: Callable[[list[Signal]], None] | None,
        *,
        busy_ms: int = sqlite.BUSY_MS,
    ) -> None:
        self.path = path
        self.numbering = numbering
        self.on_commit = on_commit
        self.deliver: tuple[asyncio.AbstractEventLoop, Callable[[list[Signal]], None]] | None = None
        self.opened: Future[None] = Future()
        self.ended: Future[None] = Future()
        self.held: dict[str, int] = {}
        self.fatal: BaseException | None = None
        self.commits = self.works = self.failed = self.signals = self.dropped = 0
        self.slowest_s = 0.0
        self._busy_ms = busy_ms
        self._queue: deque[Work] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._rung = False
        self._transient: deque[Signal] = deque()
        self._conn: sa.Connection | None = None
        self._closing = False
        self._leases_seen: tuple[int, dict[str, int]] | None = None
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._main, name="loomkin-store-writer", daemon=True)

    def start(self) -> None:
        """Begin; the database opens on the thread."""
        self._thread.start()

    def put(self, work: Work, *, ring: bool = True) -> None:
        """Hand a work over from any thread; without ``ring`` it waits for the next one that rings, or for ``ring``."""
        with self._lock:
            # Under the lock, so that no work enters the queue after the thread has looked at it for the last time.
            if not self._closing and self._pid == os.getpid():
                self._queue.append(work)
                if ring:
                    self.ring()
                return
        work.error = StoreError(f"The store {self.path} is closed.", "Open the workspace again.")
        work.settle()

    def journal(self, signal: Signal) -> None:
        """Write a published transient signal with the next transaction, or when somebody rings."""
        self._transient.append(signal)

    def ring(self) -> None:
        """Wake the thread. Rings that it has not heard yet are one: each costs the interpreter a change of threads."""
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    @property
    def waiting(self) -> int:
        """Works and transient signals that are not written yet (approximately)."""
        return len(self._queue) + len(self._transient)

    def close(self, last: Work) -> None:
        """Write what waits, then ``last``, then end the thread."""
        with self._lock:
            if self._closing or self._pid != os.getpid():
                last.settle()
                return
            self._queue.append(last)
            self._closing = True
        self.ring()

    # --- the thread -------------------------------------------------------------------------------------------------

    def _main(self) -> None:
        try:
            self._conn = database.open_database(self.path, self.numbering.clock.now(), busy_ms=self._busy_ms)
            with self._conn.begin():
                self.numbering.epoch = database.take_epoch(self._conn)
        except BaseException as error:  # carried to all who wait, not swallowed
            self.fatal = sqlite.explain(error, str(self.path))
            self.opened.set_exception(self.fatal)
        else:
            self.opened.set_result(None)
        try:
            self._serve()
        finally:
            if self._conn is not None:
                database.close_database(self._conn)
            self.ended.set_result(None)

    def _serve(self) -> None:
        beat = time.monotonic() + leases.BEAT_S
        while True:
            try:
                self._bell.get(timeout=max(beat - time.monotonic(), 0.0))
            except queue.Empty:
                pass
            # Before the look: what comes from now on rings again.
            self._rung = False
            now = time.monotonic()
            batch = self._collect()
            self._commit(batch, beat=now >= beat)
            if now >= beat:
                beat = now + leases.BEAT_S
            # What was handed over meanwhile without a ring waits for its company.
            if self._queue and (self._closing or len(batch) == MOST_TOGETHER):
                self.ring()
            elif self._closing and not self._queue:
                return

    def _collect(self) -> list[Work]:
        waiting = self._queue
        return [waiting.popleft() for _ in range(min(len(waiting), MOST_TOGETHER))]

    def _commit(self, batch: list[Work], *, beat: bool) -> None:
        transient = [self._transient.popleft() for _ in range(len(self._transient))]
        if not batch and not transient and not (beat and self.held):
            return
        begun = time.monotonic()
        emitted: list[Signal] = []
        try:
            self._write(batch, transient, emitted, beat)
        except BaseException as error:  # carried to all who wait, not swallowed; the thread must outlive it
            self._fail(batch, transient, sqlite.explain(error, str(self.path)))
            emitted = []
        else:
            self.commits += 1
            self.signals += len(transient) + len(emitted)
        self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        self.works += len(batch)
        self.failed += sum(1 for work in batch if work.error is not None)
        self._publish(emitted, batch)

    def _write(self, batch: list[Work], transient: list[Signal], emitted: list[Signal], beat: bool) -> None:
        conn = self._conn
        if self.fatal is not None or conn is None:
            raise self.fatal or StoreError(f"The store {self.path} is closed.")
        now = self.numbering.clock.now()
        with conn.begin():
            self._check_leases(conn)
            if beat:
                leases.beat(conn, self.held, now)
            for work in batch:
                emitted.extend(self._one(conn, work, now))
            stamp = self.numbering.stamp
            emitted[:] = [stamp(signal) for signal in emitted]
            # A signal published before the database was open has its number but no epoch yet.
            journal.append(conn, [*(self.numbering.complete(signal) for signal in transient), *emitted])

    def _check_leases(self, conn: sa.Connection) -> None:
        """Make sure that the teams are still ours; nobody can have taken one while nobody else has written at all."""
        if self.held:
            seen = (sqlite.version_of_others(conn), dict(self.held))
            if seen != self._leases_seen:
                leases.check(conn, self.held)
                self._leases_seen = seen

    def _one(self, conn: sa.Connection, work: Work, now: float) -> list[Signal]:
        if work.after is not None and work.after.error is not None:
            work.error = work.after.error
            return []
        work.after = None
        tx = Tx(conn, now)
        sqlite.plain(conn, "SAVEPOINT work")
        try:
            work.value = work.run(tx)
        except BaseException as error:  # carried to the one who waits, not swallowed
            work.error = error
            if sqlite.is_fatal(error):
                raise
            sqlite.plain(conn, "ROLLBACK TO work")
            sqlite.plain(conn, "RELEASE work")
            return []
        sqlite.plain(conn, "RELEASE work")
        return tx.signals

    def _fail(self, batch: list[Work], transient: list[Signal], error: BaseException) -> None:
        for work in batch:
            work.error = error
        room = MOST_KEPT - len(self._transient)
        if self.fatal is None and not self._closing and room > 0:
            self._transient.extendleft(reversed(transient[-room:]))
            self.dropped += max(len(transient) - room, 0)
        else:
            self.dropped += len(transient)

    # --- telling ----------------------------------------------------------------------------------------------------

    def _publish(self, signals: list[Signal], batch: list[Work]) -> None:
        if signals and self.on_commit is not None:
            self.on_commit(signals)
        waiting: dict[asyncio.AbstractEventLoop, list[Work]] = {}
        for work in batch:
            if work.loop is None:
                continue
            waiting.setdefault(work.loop, []).append(work)
        target = self.deliver
        if target is not None and signals:
            loop, publish = target
            # One callback: whoever waited for the change runs after everybody else has heard of it.
            self._post(loop, _publish_then_settle, publish, signals, waiting.pop(loop, []))
        for loop, works in waiting.items():
            self._post(loop, _settle, works)
        for work in batch:
            if work.loop is None:
                work.settle()

    @staticmethod
    def _post(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *args: Any) -> None:
        try:
            loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:
            # The loop was closed meanwhile; the rows are committed, and nobody is left to be told.
            return

    def statistics(self) -> Mapping[str, float]:
        """Return counts since the start; ``slowest_s`` is the longest transaction."""
        return {
            "commits": self.commits,
            "works": self.works,
            "failed": self.failed,
            "signals": self.signals,
            "dropped": self.dropped,
            "waiting": self.waiting,
            "slowest_s": self.slowest_s,
        }


def _publish_then_settle(publish: Callable[[list[Signal]], None], signals: list[Signal], works: list[Work]) -> None:
    try:
        publish(signals)
    finally:
        _settle(works)


def _settle(works: list[Work]) -> None:
    for work in works:
        work.settle()
