"""Timers: moments, repetition, errors, cancelling. Time is moved by hand."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.runtime.schedule import Schedule


class HandClock:
    """Time that jumps to the next sleeper when everybody sleeps."""

    def __init__(self) -> None:
        self.time = 100.0
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.time + seconds, future))
        await future

    async def pass_until(self, until: float) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        while due := sorted((at, id(f), f) for at, f in self.sleepers if at <= until and not f.done()):
            self.time, _, future = due[0]
            future.set_result(None)
            for _ in range(10):
                await asyncio.sleep(0)
        self.time = until


async def test_at_and_after_call_once_at_their_moment() -> None:
    clock, calls = HandClock(), list[tuple[str, float]]()
    schedule = Schedule(clock)
    late = schedule.at(110.0, lambda: calls.append(("at", clock.time)))
    schedule.after(5.0, lambda: calls.append(("after", clock.time)))
    schedule.at(1.0, lambda: calls.append(("past", clock.time)))
    await clock.pass_until(109.0)
    assert calls == [("past", 100.0), ("after", 105.0)]
    assert not late.done
    await clock.pass_until(200.0)
    assert calls[2:] == [("at", 110.0)]
    assert late.done
    assert schedule.statistics()["timers"] == []


async def test_every_goes_on_after_an_error_and_reports_it() -> None:
    clock, errors = HandClock(), list[str]()
    schedule = Schedule(clock, on_error=lambda name, error: errors.append(f"{name}: {error}"))
    calls = 0

    async def sometimes() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ValueError("second")

    timer = schedule.every(10.0, sometimes, name="watch")
    await clock.pass_until(145.0)
    assert (calls, errors) == (4, ["watch: second"])
    timer.cancel()
    await clock.pass_until(300.0)
    assert calls == 4
    assert schedule.statistics()["errors"] == 1


async def test_without_a_listener_an_error_reaches_the_loops_handler() -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    clock = HandClock()
    schedule = Schedule(clock)

    def broken() -> None:
        raise ValueError("x")

    schedule.after(1.0, broken, name="broken")
    await clock.pass_until(102.0)
    assert told == ["timer broken raised"]


async def test_close_ends_every_timer_and_a_call_under_way() -> None:
    clock, cancelled = HandClock(), asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    schedule = Schedule(clock)
    schedule.after(0.0, long)
    schedule.every(5.0, long)
    await clock.pass_until(100.0)
    await schedule.close()
    await asyncio.wait_for(cancelled.wait(), 30)
    assert schedule.statistics()["timers"] == []


async def test_a_period_must_be_positive() -> None:
    with pytest.raises(ValueError, match="every 0 s"):
        Schedule().every(0, int)
