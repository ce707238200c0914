"""Slots and token buckets: bounds hold, waiting is in order, nothing leaks when a waiter gives up."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from loomkin_jupyter.runtime.limits import Slots, TokenBucket


class HandClock:
    """Sleeping moves the time."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


async def test_a_kind_never_exceeds_its_limit_and_keeps_its_order() -> None:
    slots = Slots({"git": 2}, total=10)
    begun: list[int] = []
    gates = [asyncio.Event() for _ in range(5)]

    async def work(number: int) -> None:
        async with slots.take("git"):
            begun.append(number)
            await gates[number].wait()

    tasks = [asyncio.create_task(work(n)) for n in range(5)]
    await asyncio.sleep(0)
    assert (begun, slots.statistics()["waiting"]) == ([0, 1], 3)
    gates[1].set()
    await tasks[1]
    await asyncio.sleep(0)
    assert begun == [0, 1, 2]
    for gate in gates:
        gate.set()
    await asyncio.gather(*tasks)
    assert begun == [0, 1, 2, 3, 4]
    assert slots.statistics() == {"taken": {"git": 0}, "waiting": 0, "peak": 2, "total": 10}


async def test_the_total_binds_and_a_full_kind_holds_up_no_other() -> None:
    slots = Slots({"a": 1, "b": 5}, total=3)
    gate = asyncio.Event()
    begun: list[str] = []

    async def work(kind: str) -> None:
        async with slots.take(kind):
            begun.append(kind)
            await gate.wait()

    tasks = [asyncio.create_task(work(kind)) for kind in "aabbb"]
    await asyncio.sleep(0)
    assert begun == ["a", "b", "b"]
    gate.set()
    await asyncio.gather(*tasks)
    assert sorted(begun) == ["a", "a", "b", "b", "b"]


@pytest.mark.parametrize("given_first", [False, True])
async def test_a_waiter_that_gives_up_leaves_its_place(given_first: bool) -> None:
    slots = Slots({"git": 1})

    async def hold() -> None:
        async with slots.take("git"):
            await asyncio.Event().wait()

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(slots.take("git"))
        waiter = asyncio.create_task(hold())
        await asyncio.sleep(0)
        if given_first:
            await stack.aclose()  # the slot is the waiter's now, but it has not run since
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    assert slots.statistics()["taken"] == {"git": 0}
    async with asyncio.timeout(30), slots.take("git"):
        pass


async def test_an_unknown_kind_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(KeyError, match="'git'"):
        async with Slots({"git": 1}).take("hg"):
            pass


async def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = HandClock()
    bucket = TokenBucket(rate=10, burst=20, clock=clock)
    assert await bucket.take(20) == 0.0
    assert not bucket.try_take(1)
    assert await bucket.take(5) == pytest.approx(0.5)
    assert await bucket.take(10) == pytest.approx(1.0)
    clock.time += 100
    assert bucket.available() == 20


async def test_more_than_the_burst_runs_into_debt_once() -> None:
    clock = HandClock()
    bucket = TokenBucket(rate=10, burst=20, clock=clock)
    assert bucket.try_take(50)
    assert bucket.statistics()["level"] == -30
    bucket.give_back(25)
    assert await bucket.take(5) == pytest.approx(1.0)


async def test_a_bucket_must_have_a_rate() -> None:
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate=0, burst=1)
