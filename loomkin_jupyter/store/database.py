"""Opening a database: place, tables, version stamp, the process's epoch. Used on the writer's thread only."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loomkin_jupyter.core.errors import LoomkinError, StoreError, UsageError
from loomkin_jupyter.store import sqlite
from loomkin_jupyter.store.tables.base import SCHEMA, metadata, schema_version
from loomkin_jupyter.store.transaction import take_number
from loomkin_jupyter.store.upgrades import UPGRADES

PROGRAM = "loomkin-jupyter"


def place_of(url_or_path: str | Path) -> Path:
    """Return the file that a path or a ``sqlite:///`` URL means.

    :raises UsageError: for a URL of another database.
    """
    text = str(url_or_path)
    if "://" not in text:
        return Path(text)
    url = sa.make_url(text)
    if not url.drivername.startswith("sqlite") or not url.database or url.database == ":memory:":
        raise UsageError(
            f"{url.render_as_string(hide_password=True)} names a database that this version cannot open.",
            "Give a file, such as sqlite:////home/me/project.db.",
        )
    return Path(url.database)


def open_database(path: Path, now: float, *, busy_ms: int = sqlite.BUSY_MS) -> sa.Connection:
    """Make or open the database at ``path`` and return its connection.

    :raises StoreError: when it is damaged, locked, read-only, or written by a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path, busy_ms)
    except (OSError, DBAPIError, sqlite3.Error) as error:
        raise sqlite.explain(error, str(path)) from error
    try:
        with connection.begin():
            _prepare(connection, path, now)
    except (DBAPIError, LoomkinError) as error:
        close_database(connection)
        raise sqlite.explain(error, str(path)) from error
    return connection


def _connect(path: Path, busy_ms: int) -> sa.Connection:
    """Connect, again for as long as another process is making the same database.

    Switching a new file to WAL does not wait for locks by itself, so two first openings can meet there.
    """
    until = time.monotonic() + busy_ms / 1000
    while True:
        try:
            return sqlite.make_engine(path, busy_ms=busy_ms).connect()
        except (DBAPIError, sqlite3.OperationalError) as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def close_database(connection: sa.Connection) -> None:
    """Close the connection and the engine's pool with it."""
    connection.close()
    connection.engine.dispose()


def _prepare(connection: sa.Connection, path: Path, now: float) -> None:
    if not sa.inspect(connection).has_table(schema_version.name):
        metadata.create_all(connection)
        connection.execute(sa.insert(schema_version).values(version=SCHEMA, program=PROGRAM, time=now))
        return
    found = connection.execute(sa.select(sa.func.max(schema_version.c.version))).scalar_one()
    if found is None or found > SCHEMA:
        raise StoreError(
            f"The database {path} has schema {found}, this version of loomkin-jupyter knows schema {SCHEMA}.",
            "Upgrade loomkin-jupyter (`pip install -U loomkin-jupyter`), or use another folder.",
        )
    for version in range(found + 1, SCHEMA + 1):
        UPGRADES[version](connection)
        connection.execute(sa.insert(schema_version).values(version=version, program=PROGRAM, time=now))


def take_epoch(connection: sa.Connection) -> int:
    """Return a number that no process before this one had; signals and leases of this process carry it."""
    return take_number(connection, "epoch")
