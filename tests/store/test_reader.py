"""The reader: sees what was committed, cannot write, carries errors to the one who asked, ends after what waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.store import settings
from loomkin_jupyter.store.reader import Reader
from loomkin_jupyter.store.store import Store


async def test_a_read_sees_every_commit_before_it(store: Store) -> None:
    for number in range(20):
        await store.transact(lambda tx, n=number: settings.put(tx, "n", n))
        assert (await store.read(settings.load))["n"] == number
    assert store.statistics()["reads"] == 20


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        await store.read(lambda conn: conn.exec_driver_sql("DELETE FROM settings"))
    assert await store.read(settings.load) == {}


async def test_errors_reach_the_one_who_asked_and_nobody_else(store: Store) -> None:
    def broken(conn: sa.Connection) -> int:
        raise KeyError("mine")

    failed, fine = await asyncio.gather(store.read(broken), store.read(settings.load), return_exceptions=True)
    assert isinstance(failed, KeyError)
    assert fine == {}


async def test_what_waits_is_answered_before_the_end(store: Store) -> None:
    await store.transact(lambda tx: settings.put(tx, "a", 1))
    reader = Reader(store.path)
    futures = [asyncio.get_running_loop().create_future() for _ in range(5)]
    for future in futures:
        reader.put(settings.load, future)
    futures[0].cancel()
    reader.close()
    await asyncio.wrap_future(reader.ended)
    assert await asyncio.gather(*futures[1:]) == [{"a": 1}] * 4


async def test_a_reader_that_never_read_ends_at_once(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "none.db")
    reader.close()
    assert reader.ended.done()
    assert not (tmp_path / "none.db").exists()
