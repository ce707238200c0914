"""SQLite's own: pragmas, and what its errors mean to a person; each error is a real one where it can be."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loomkin_jupyter.core.errors import LeaseLost, StoreError
from loomkin_jupyter.store.sqlite import explain, is_fatal, make_engine
from loomkin_jupyter.store.store import Store


def test_a_writer_is_durable_and_a_reader_cannot_write(tmp_path: Path) -> None:
    writer = make_engine(tmp_path / "s.db")
    with writer.begin() as conn:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        assert [conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names] == ["wal", 1, 1, 5000]
        conn.exec_driver_sql("CREATE TABLE t (x)")
    reader = make_engine(tmp_path / "s.db", read_only=True)
    with pytest.raises(DBAPIError) as caught, reader.begin() as conn:
        conn.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert "cannot be written" in explain(caught.value, "s.db").message
    for engine in (writer, reader):
        engine.dispose()


def test_a_locked_database_names_the_remedy(tmp_path: Path) -> None:
    first, second = make_engine(tmp_path / "s.db"), make_engine(tmp_path / "s.db", busy_ms=1)
    with first.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE t (x)")
        with pytest.raises(DBAPIError) as caught, second.begin():
            pass
    error = explain(caught.value, "s.db")
    assert "locked by another program" in error.message and "Close the program" in error.remedy
    assert is_fatal(caught.value)
    for engine in (first, second):
        engine.dispose()


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_bytes(b"no database at all " * 1_000)
    store = Store.open(tmp_path / "s.db")
    with pytest.raises(StoreError, match="is damaged") as caught:
        await store.ready()
    assert ".damaged" in caught.value.remedy
    await store.close()
    assert (tmp_path / "s.db").read_bytes().startswith(b"no database")


async def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):  # the administrator may write everywhere but here
        folder = Path("/proc")
        assert folder.is_dir(), "the administrator may write everywhere on this machine: run the tests as somebody else"
    store = Store.open(folder / "loomkin.db")
    with pytest.raises(StoreError) as caught:
        await store.ready()
    assert str(folder) in caught.value.message
    assert "a link to a folder" in caught.value.remedy
    await store.close()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("database or disk is full", "is full"),
        ("attempt to write a readonly database", "cannot be written"),
        ("unable to open database file", "cannot be written"),
        ("file is not a database", "is damaged"),
        ("database is locked", "is locked"),
        ("something new", "cannot be used"),
    ],
)
def test_every_trouble_has_a_remedy(text: str, word: str) -> None:
    error = explain(sqlite3.OperationalError(text), "/x/s.db")
    assert word in error.message and "/x/s.db" in error.message
    assert error.remedy


def test_our_own_errors_stay_and_a_works_own_errors_are_not_fatal() -> None:
    lost = LeaseLost("gone")
    assert explain(lost, "x") is lost
    assert not is_fatal(ValueError("disk full"))
    engine = sa.create_engine("sqlite://")
    with pytest.raises(DBAPIError) as caught, engine.begin() as conn:
        conn.exec_driver_sql("SELECT * FROM none")
    assert not is_fatal(caught.value)
    engine.dispose()
