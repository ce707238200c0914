"""The thread that reads, with a connection of its own: a reader never waits for the writer, nor the writer for it."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.store import database, sqlite

_Job = tuple[Callable[[sa.Connection], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Reader:
    """Runs reads one after the other; each sees everything that was committed before it began."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reads = 0
        self.ended: Future[None] = Future()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, work: Callable[[sa.Connection], Any], future: asyncio.Future[Any]) -> None:
        """Hand a read over from its loop; the thread starts with the first one."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._main, name="loomkin-store-reader", daemon=True)
            self._thread.start()
        self._queue.put((work, future, future.get_loop()))

    def close(self) -> None:
        """End the thread after the reads that wait; ``ended`` tells when."""
        if self._thread is None:
            self.ended.set_result(None)
        self._queue.put(None)

    def _main(self) -> None:
        engine = sqlite.make_engine(self.path, read_only=True)
        conn: sa.Connection | None = None
        while (job := self._queue.get()) is not None:
            work, future, loop = job
            value: Any = None
            failure: BaseException | None = None
            try:
                if conn is None:
                    conn = engine.connect()
                with conn.begin():
                    value = work(conn)
            except BaseException as error:  # carried to the one who waits, not swallowed
                database_fails = isinstance(error, (DBAPIError, LoomkinError))
                failure = sqlite.explain(error, str(self.path)) if database_fails else error
            self.reads += 1
            try:
                loop.call_soon_threadsafe(_settle, future, value, failure)
            except RuntimeError:
                continue  # its loop was closed meanwhile: nobody waits
        if conn is not None:
            database.close_database(conn)
        self.ended.set_result(None)


def _settle(future: asyncio.Future[Any], value: Any, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(value)
