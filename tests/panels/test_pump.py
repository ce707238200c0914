# pyright: basic
"""Batches: numbered, few, complete."""

from __future__ import annotations

import asyncio
from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.panels.pump import INTERVAL_S, Pump
from loomkin_jupyter.views.board import merge_patch
from loomkin_jupyter.views.projection import Projection


async def test_many_signals_leave_in_few_numbered_batches(pump: Pump) -> None:
    whole = pump.snapshot()
    state, seq = whole["state"], whole["seq"]
    batches: list[dict[str, Any]] = []
    done = asyncio.Event()

    def hear(batch: dict[str, Any]) -> None:
        batches.append(batch)
        if "499" in str(batch["patch"].get("tasks", "")):
            done.set()

    leave = pump.listen(hear)
    began = asyncio.get_running_loop().time()
    for number in range(500):
        pump.take(s.TaskCreated(task=f"T{number}", title=str(number)))
        if not number % 10:
            await asyncio.sleep(0)
    await asyncio.wait_for(done.wait(), 30)
    took = asyncio.get_running_loop().time() - began
    assert len(batches) <= took / INTERVAL_S + 2
    assert [batch["seq"] for batch in batches] == list(range(seq + 1, seq + 1 + len(batches)))
    for batch in batches:
        state = merge_patch(state, batch["patch"])
    assert state == pump.state()
    leave()
    pump.take(s.TaskCreated(task="T1000", title="x"))
    pump.flush()
    assert "T1000" not in str(batches[-1])


async def test_signals_held_while_the_journal_is_read_count_once() -> None:
    pump = Pump(asyncio.get_running_loop())
    heard: list[dict[str, Any]] = []
    pump.listen(heard.append)
    pump.take(s.TaskCreated(task="T1", title="old", epoch=1, seq=3))
    pump.take(s.TaskCreated(task="T2", title="new", epoch=1, seq=4))
    read = Projection()
    read.apply(s.TaskCreated(task="T1", title="old", epoch=1, seq=3))
    pump.begin(read, (1, 3))
    assert heard[0]["kind"] == "snapshot"
    assert len(heard[0]["state"]["feed"]) == 2
    assert pump.statistics()["applied"] == 2
    pump.close()


async def test_a_snapshot_plus_later_batches_is_the_state(pump: Pump) -> None:
    batches: list[dict[str, Any]] = []
    pump.listen(batches.append)
    pump.take(s.TaskCreated(task="T1", title="pending change"))
    whole = pump.snapshot()
    pump.flush()
    state = whole["state"]
    for batch in batches:
        assert batch["seq"] > whole["seq"]
        state = merge_patch(state, batch["patch"])
    assert state == pump.state()
