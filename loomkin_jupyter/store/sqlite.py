"""What is particular to SQLite: pragmas, how a transaction begins, and what its errors mean to a person."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from loomkin_jupyter.core.errors import LoomkinError, StoreError

BUSY_MS = 5_000


def make_engine(path: Path, *, busy_ms: int = BUSY_MS, read_only: bool = False) -> sa.Engine:
    """Return an engine of one connection that begins its transactions itself (IMMEDIATE when it may write)."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.StaticPool,
        connect_args={"check_same_thread": False, "timeout": busy_ms / 1000},
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would take its lock too late, in the middle of one.
        connection.isolation_level = None
        for pragma in _pragmas(read_only):
            connection.execute(pragma).close()

    def on_begin(connection: sa.Connection) -> None:
        try:
            plain(connection, begin)
        except sqlite3.Error as error:
            raise DBAPIError.instance(begin, None, error, sqlite3.Error, dialect=connection.dialect) from error

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _pragmas(read_only: bool) -> tuple[str, ...]:
    shared = ("PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-8000")
    if read_only:
        return (*shared, "PRAGMA query_only=ON")
    return ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", *shared)


def plain(connection: sa.Connection, statement: str) -> None:
    """Run a statement that has no parameters and no result, past SQLAlchemy: some are run for every single work."""
    _driver(connection).execute(statement).close()


def version_of_others(connection: sa.Connection) -> int:
    """Return a number that changes when, and only when, another connection has written to the database."""
    return _driver(connection).execute("PRAGMA data_version").fetchone()[0]


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def explain(error: BaseException, place: str) -> LoomkinError:
    """Return what a person should read about a database error at ``place``."""
    if isinstance(error, LoomkinError):
        return error
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = str(cause)
    low = text.lower()
    if "locked" in low or "busy" in low:
        return StoreError(
            f"The database {place} is locked by another program ({text}).",
            "Close the program that holds it (a backup, a database browser, another kernel) and try again.",
        )
    if "disk is full" in low or "no space" in low:
        return StoreError(
            f"The disk of the database {place} is full; nothing more was written ({text}).",
            "Free some space, or put a link to a folder with space in the place of .loomkin, and go on with `loomkin resume`.",
        )
    if "malformed" in low or "not a database" in low or "disk image" in low or "unsupported file format" in low:
        return StoreError(
            f"The database {place} is damaged ({text}).",
            f"Move it away (for example to {place}.damaged) to start a new one, or put back a copy of it.",
        )
    if "readonly" in low or "read-only" in low or "unable to open" in low or isinstance(cause, PermissionError):
        return StoreError(
            f"The database {place} cannot be written ({text}).",
            "Make its folder writable, or put a link to a folder that is in the place of .loomkin.",
        )
    return StoreError(f"The database {place} cannot be used ({text}).", "Run `loomkin doctor` to see what is wrong.")


def is_fatal(error: BaseException) -> bool:
    """Return whether an error inside a work says that the database, not the work, is in trouble."""
    if not isinstance(error, DBAPIError):
        return False
    text = str(error.orig).lower()
    return any(
        word in text for word in ("locked", "full", "no space", "malformed", "disk i/o", "readonly", "not a database")
    )
