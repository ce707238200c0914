"""The writer survives kill -9: nothing acknowledged is lost, and tables and journal never disagree."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from loomkin_jupyter.core.signals import LogWritten, TextStreamed
from loomkin_jupyter.store import journal, settings
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

_CHILD = """
import asyncio, sys
from loomkin_jupyter.core.signals import LogWritten, TextStreamed
from loomkin_jupyter.store import settings
from loomkin_jupyter.store.store import Store

async def one(store, name):
    def work(tx):
        settings.put(tx, name, True)
        tx.emit(LogWritten(text=name))
    await store.transact(work)
    sys.stdout.write(name + "\\n")
    sys.stdout.flush()

async def main(path, life):
    store = Store.open(path)
    number = 0
    while True:
        names = [f"{life}-{number + n}" for n in range(1 + number % 5)]
        number += len(names)
        store.journal(store.numbering.stamp(TextStreamed(call="c", text="x")))
        await asyncio.gather(*(one(store, name) for name in names))

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


def _live_and_die(path: Path, life: int, acknowledgements: int) -> list[str]:
    process = subprocess.Popen([sys.executable, "-c", _CHILD, str(path), str(life)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        lines += process.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


async def test_twenty_kills_lose_no_acknowledged_row(tmp_path: Path) -> None:
    path, chance = tmp_path / "s.db", random.Random(20)
    acknowledged: set[str] = set()
    for life in range(20):
        acknowledged.update(await asyncio.to_thread(_live_and_die, path, life, chance.randint(1, 80)))
    store = Store.open(path)
    rows = set(await store.read(settings.load))
    signals = await store.read(journal.all_signals)
    told = [signal.text for signal in signals if isinstance(signal, LogWritten)]
    await store.close()
    assert acknowledged <= rows
    assert set(told) == rows
    assert len(told) == len(rows)
    assert store.epoch == 21


async def test_works_that_wait_together_share_a_commit(store: Store) -> None:
    def note(tx: Tx) -> None:
        tx.emit(LogWritten(text="x"))

    before = store.statistics()
    await asyncio.gather(*(store.transact(note) for _ in range(1_000)))
    after = store.statistics()
    assert after["works"] - before["works"] == 1_000
    assert after["commits"] - before["commits"] < 500
    assert after["waiting"] == 0


async def test_a_signal_with_half_a_character_does_not_cost_the_batch(store: Store) -> None:
    def note(tx: Tx) -> None:
        tx.emit(LogWritten(text="cut \ud83d here"))

    store.journal(store.numbering.stamp(TextStreamed(call="c", text="\udfff")))
    await store.transact(note)
    found = await store.read(journal.all_signals)
    assert [s.text for s in found if isinstance(s, (LogWritten, TextStreamed))] == ["?", "cut ? here"]


async def test_a_work_that_nobody_waits_for_any_more_is_done_all_the_same(store: Store) -> None:
    task = asyncio.create_task(store.transact(lambda tx: settings.put(tx, "a", 1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.flush()
    assert await store.read(settings.load) == {"a": 1}
