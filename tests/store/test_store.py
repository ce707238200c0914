"""The store's door: commit before acknowledgement, publication before waking, isolation of works, errors with remedies."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import StoreError, UsageError
from loomkin_jupyter.core.signals import LogWritten, Signal, TextStreamed
from loomkin_jupyter.store import journal, leases, settings
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


def _note(text: str):
    def work(tx: Tx) -> str:
        tx.emit(LogWritten(text=text))
        settings.put(tx, text, text)
        return tx.handle("T")

    return work


async def test_a_transaction_returns_its_value_and_is_readable_at_once(store: Store) -> None:
    assert await store.transact(_note("a")) == "T1"
    assert await store.read(settings.load) == {"a": "a"}
    assert store.statistics()["signals"] == 1


async def test_signals_are_published_in_order_before_their_awaiter_goes_on(store: Store) -> None:
    heard: list[Signal] = []
    store.deliver_to(asyncio.get_running_loop(), heard.extend)
    for number in range(20):
        await store.transact(_note(str(number)))
        assert len(heard) == number + 1
    await asyncio.gather(*(store.transact(_note(f"more {n}")) for n in range(50)))
    assert [signal.seq for signal in heard] == list(range(1, 71))
    assert {signal.epoch for signal in heard} == {store.epoch}
    assert [s.id for s in await store.read(journal.all_signals)] == [s.id for s in heard]


async def test_on_commit_hears_on_the_writers_thread_before_the_awaiter(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    store = Store.open(
        tmp_path / "s.db", on_commit=lambda batch: heard.append((threading.current_thread().name, len(batch)))
    )
    await store.transact(_note("a"))
    assert heard == [("loomkin-store-writer", 1)]
    await store.close()


async def test_a_work_that_raises_takes_back_only_itself(store: Store) -> None:
    def bad(tx: Tx) -> None:
        _note("bad")(tx)
        raise LookupError("no such task")

    results = await asyncio.gather(
        store.transact(_note("a")), store.transact(bad), store.transact(_note("b")), return_exceptions=True
    )
    assert results[0] == "T1"
    assert isinstance(results[1], LookupError)
    assert results[2] == "T2"
    assert await store.read(settings.load) == {"a": "a", "b": "b"}
    assert await store.read(journal.count) == 2
    with pytest.raises(LookupError):
        await store.transact(bad)


async def test_transact_nowait_works_from_any_thread(store: Store) -> None:
    values: list[str] = []
    thread = threading.Thread(target=lambda: values.append(store.transact_nowait(_note("a")).result(60)))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert values == ["T1"]


async def test_transient_signals_are_written_soon_without_being_asked(store: Store) -> None:
    for number in range(100):
        store.journal(store.numbering.stamp(TextStreamed(call="c", text=str(number))))
    while await store.read(journal.count) < 100:  # noqa: ASYNC110 - nobody is told of transient rows
        await asyncio.sleep(0.01)
    await store.flush()
    found = await store.read(journal.all_signals)
    assert [s.text for s in found if isinstance(s, TextStreamed)] == [str(n) for n in range(100)]


async def test_signals_from_before_the_opening_get_their_epoch(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s.db")
    store.journal(store.numbering.stamp(TextStreamed(call="c", text="early")))
    store.journal(TextStreamed(call="c", text="without a number"))
    await store.flush()
    assert [(s.epoch, s.seq) for s in await store.read(journal.all_signals)] == [(1, 1), (1, 2)]
    await store.close()


async def test_every_opening_has_an_epoch_of_its_own_and_handles_go_on(tmp_path: Path) -> None:
    seen: list[tuple[int, str]] = []
    for _ in range(3):
        store = Store.open(f"sqlite:///{tmp_path / 's.db'}")
        seen.append((store.epoch, await store.transact(_note("a"))))
        seen[-1] = (store.epoch, seen[-1][1])
        await store.close()
    assert seen == [(1, "T1"), (2, "T2"), (3, "T3")]


async def test_a_closed_store_says_so_and_close_can_be_repeated(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s.db")
    await store.transact(_note("a"))
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.transact(_note("b"))


async def test_close_commits_what_waits(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s.db")
    futures = [store.transact_nowait(_note(str(n))) for n in range(50)]
    await store.close()
    assert [future.result(0) for future in futures] == [f"T{n}" for n in range(1, 51)]


async def test_errors_of_a_read_reach_the_reader(store: Store) -> None:
    def bad(_: object) -> None:
        raise LookupError("x")

    with pytest.raises(LookupError):
        await store.read(bad)
    assert await store.read(settings.load) == {}


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        await store.read(lambda conn: conn.exec_driver_sql("DELETE FROM settings"))


# --- databases in trouble -------------------------------------------------------------------------------------------


async def _refusal(store: Store) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await store.transact(_note("a"))
    await store.close()
    assert caught.value.remedy
    return caught.value


async def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"This is no database, however long it is. " * 200)
    store = Store.open(path)
    with pytest.raises(StoreError, match="damaged"):
        await store.ready()
    assert str(path) in str(await _refusal(store))


async def test_a_newer_schema(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    first = Store.open(path)
    await first.ready()
    await first.close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 'loomkin-jupyter', 0)")
    connection.close()
    error = await _refusal(Store.open(path))
    assert "schema 99" in error.message
    assert "pip install -U" in error.remedy


async def test_a_locked_database_refuses_and_works_again_when_it_is_free(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s.db", busy_ms=50)
    await store.ready()
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program") as caught:
        await store.transact(_note("a"))
    assert "Close the program" in caught.value.remedy
    store.journal(store.numbering.stamp(TextStreamed(call="c", text="kept")))
    other.execute("ROLLBACK")
    other.close()
    assert await store.transact(_note("a")) == "T1"
    await store.flush()
    assert await store.read(journal.count) == 2
    await store.close()


async def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    error = await _refusal(Store.open(tmp_path / "file" / "s.db"))
    assert "s.db" in error.message


async def test_a_read_only_database(tmp_path: Path) -> None:
    folder = tmp_path / "s.db"
    folder.mkdir()  # root may write anywhere, but nobody can open a folder as a file
    error = await _refusal(Store.open(folder))
    assert "cannot be written" in error.message
    assert "a link to a folder" in error.remedy


async def test_a_full_disk_is_told_and_nothing_of_the_batch_is_kept(store: Store) -> None:
    await store.transact(_note("before"))

    def shrink(tx: Tx) -> None:
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def fill(tx: Tx) -> None:
        for number in range(200):
            settings.put(tx, f"key {number}", "x" * 10_000)

    await store.transact(shrink)
    with pytest.raises(StoreError, match="full") as caught:
        await store.transact(fill)
    assert "Free some space" in caught.value.remedy
    assert await store.read(settings.load) == {"before": "before"}


def test_a_url_of_another_database_is_refused() -> None:
    with pytest.raises(UsageError, match="postgresql"):
        Store.open("postgresql://localhost/x")


async def test_what_is_handed_over_keeps_its_place_and_needs_no_wake_of_its_own(
    store: Store, committed: list[Signal]
) -> None:
    await store.flush()
    before = store.statistics()["commits"]
    handed = [store.hand_over(_note(f"{number}")) for number in range(3)]
    await store.transact(_note("awaited"))
    assert all(future.done() for future in handed)
    assert [signal.text for signal in committed if isinstance(signal, LogWritten)] == ["0", "1", "2", "awaited"]
    assert store.statistics()["commits"] == before + 1
    await asyncio.wait_for(store.hand_over(_note("alone")), 60)


async def test_a_work_fails_with_the_one_it_rests_on(store: Store, committed: list[Signal]) -> None:
    def breaks(tx: Tx) -> None:
        raise RuntimeError("no")

    first, one = store.chain(breaks, None, soon=True)
    second, two = store.chain(_note("rests on it"), one, soon=True)
    third, _ = store.chain(_note("rests on both"), two)
    for future in (first, second, third):
        with pytest.raises(RuntimeError, match="no"):
            await future
    assert committed == []


async def test_a_loop_that_stands_still_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_S", 1_000.0)
    store = Store.open(tmp_path / "own.db")
    store.deliver_to(asyncio.get_running_loop(), lambda signals: None)
    await store.ready()
    journalled, standing = threading.Event(), threading.Event()

    async def journals_and_stands() -> None:
        store.journal(store.numbering.stamp(TextStreamed(call="c", text="from a cell")))
        journalled.set()
        standing.wait(60)  # as a kernel's own loop does while a cell runs

    thread = threading.Thread(target=lambda: asyncio.run(journals_and_stands()))
    thread.start()
    try:
        await asyncio.to_thread(journalled.wait, 60)
        await asyncio.wait_for(store.hand_over(_note("handed over")), 30)
    finally:
        standing.set()
        await asyncio.to_thread(thread.join)
        await store.close()
