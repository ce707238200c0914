"""Time moves when the test says so."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.testing.clock import JumpingClock


async def test_sleepers_wake_in_order_and_only_when_due():
    clock = JumpingClock(100.0)
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    tasks = [asyncio.create_task(sleeper("late", 5)), asyncio.create_task(sleeper("early", 2))]
    await clock.until_sleeping(2)
    assert clock.jump(3) == 1
    await tasks[1]
    assert woken == ["early"]
    assert clock.now() == 103.0
    clock.jump(3)
    await tasks[0]
    assert woken == ["early", "late"]


async def test_a_cancelled_sleeper_does_not_count():
    clock = JumpingClock()
    task = asyncio.create_task(clock.sleep(5))
    await clock.until_sleeping()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.sleepers == 0
    clock.jump(10)


async def test_an_automatic_clock_never_waits():
    clock = JumpingClock(auto=True)
    await asyncio.gather(clock.sleep(60), clock.sleep(60))
    assert clock.monotonic() == 120.0
    assert clock.slept == [60, 60]


async def test_waiting_for_nobody_ends():
    with pytest.raises(TimeoutError):
        await JumpingClock().until_sleeping(turns=5)
