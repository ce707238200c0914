"""Leases: the dead are replaced, the living are named, and who lost one can write no more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import LeaseLost, StoreError
from loomkin_jupyter.store import journal, leases, settings
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

_CHILD = """
import asyncio, sys
from loomkin_jupyter.store.store import Store
async def main():
    store = Store.open(sys.argv[1])
    await store.take_lease("team", "notebook a.ipynb")
    print("held", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def _holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


async def test_a_live_holder_is_named_and_a_dead_one_replaced_at_once(store: Store) -> None:
    with _holder(store.path) as other:
        with pytest.raises(StoreError) as caught:
            await store.take_lease("team", "notebook b.ipynb")
        assert f"run by notebook a.ipynb (process {other.pid} on" in caught.value.message
        assert caught.value.remedy
        other.kill()
        other.wait(60)
        assert await store.take_lease("team", "notebook b.ipynb") == store.epoch
    assert "notebook b.ipynb" in await store.read(lambda conn: leases.holder_of(conn, "team"))


async def test_who_lost_its_lease_writes_nothing_more(tmp_path: Path) -> None:
    mine, other = Store.open(tmp_path / "s.db"), Store.open(tmp_path / "s.db")
    await mine.take_lease("team", "mine")
    await mine.transact(lambda tx: settings.put(tx, "before", 1))
    await other.ready()

    def usurp(tx: Tx) -> None:
        leases.release(tx, "team", mine.epoch)
        leases.take(tx, "team", "other", other.epoch)

    await other.transact(usurp)
    with pytest.raises(LeaseLost, match="taken over by other"):
        await mine.transact(lambda tx: settings.put(tx, "after", 1))
    assert await other.read(settings.load) == {"before": 1}
    assert await other.read(journal.count) == 0
    await mine.close()
    assert "other" in await other.read(lambda conn: leases.holder_of(conn, "team"))
    await other.close()


async def test_a_lease_that_was_given_back_is_free(tmp_path: Path) -> None:
    first, second = Store.open(tmp_path / "s.db"), Store.open(tmp_path / "s.db")
    await first.take_lease("team", "first")
    with pytest.raises(StoreError, match="run by first"):
        await second.take_lease("team", "second")
    await first.release_lease("team")
    await first.transact(lambda tx: settings.put(tx, "a", 1))
    await second.take_lease("team", "second")
    await first.close()
    await second.close()


async def test_close_gives_leases_back(tmp_path: Path) -> None:
    first = Store.open(tmp_path / "s.db")
    await first.take_lease("team", "first")
    await first.close()
    second = Store.open(tmp_path / "s.db")
    await second.take_lease("team", "second")
    assert second.statistics()["leases"] == ["team"]
    await second.close()


async def test_a_reused_pid_is_not_the_holder(store: Store) -> None:
    """The row says a process with our pid, begun long ago: that one is dead."""

    def stale(tx: Tx) -> None:
        leases.take(tx, "team", "old", 900)
        tx.conn.exec_driver_sql("UPDATE leases SET start_time = 5.0")

    await store.transact(stale)
    assert await store.take_lease("team", "new") == store.epoch


@pytest.mark.parametrize(("silent_s", "taken"), [(29.0, False), (31.0, True)])
async def test_another_host_is_replaced_after_half_a_minute(store: Store, silent_s: float, taken: bool) -> None:
    def elsewhere(tx: Tx) -> None:
        leases.take(tx, "team", "far", 900, host="elsewhere")
        tx.conn.exec_driver_sql("UPDATE leases SET heartbeat = heartbeat - ?", (silent_s,))

    await store.transact(elsewhere)
    if taken:
        assert await store.take_lease("team", "new") == store.epoch
    else:
        with pytest.raises(StoreError, match="on elsewhere"):
            await store.take_lease("team", "new")


async def test_a_beat_shows_life(store: Store) -> None:
    await store.take_lease("team", "me")
    await store.transact(lambda tx: leases.beat(tx.conn, {"team": store.epoch}, 12345.0))
    assert await store.read(lambda c: c.exec_driver_sql("SELECT heartbeat FROM leases").scalar_one()) == 12345.0


def test_process_start_tells_the_living_from_the_dead() -> None:
    assert leases.process_start(os.getpid()) is not None
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait(60)
    assert leases.process_start(child.pid) is None
