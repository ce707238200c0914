"""Daemon threads for blocking work: values, errors, bounds, abandoned threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from loomkin_jupyter.runtime.pool import DaemonPool


async def test_values_errors_and_context_come_through() -> None:
    pool = DaemonPool(most=2)
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="")
    name.set("ada")
    assert await pool.run(name.get) == "ada"
    assert await pool.run(lambda: threading.current_thread().daemon) is True
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 // 0)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await pool.run(lambda: next(iter(())))


async def test_no_more_threads_than_most() -> None:
    pool = DaemonPool(most=3)
    lock, gate = threading.Lock(), threading.Event()
    running = peak = 0

    def work() -> None:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
            if peak == 3:
                gate.set()
        assert gate.wait(60)
        with lock:
            running -= 1

    await asyncio.gather(*(pool.run(work) for _ in range(12)))
    assert peak == 3
    assert pool.statistics()["threads"] <= 3


async def test_an_abandoned_thread_is_counted_gives_up_its_place_and_ends() -> None:
    pool = DaemonPool(most=1)
    begun, stuck, ended = threading.Event(), threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        stuck.wait(60)
        ended.set()

    task = asyncio.create_task(pool.run(block))
    await asyncio.to_thread(begun.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pool.statistics()["abandoned"] == 1
    assert await pool.run(lambda: "others go on") == "others go on"
    stuck.set()
    assert await pool.run(lambda: ended.wait(60))
    while pool.statistics()["abandoned"]:  # noqa: ASYNC110 - the thread's very last step tells nobody
        await asyncio.sleep(0.001)


async def test_work_that_was_cancelled_before_it_began_never_runs() -> None:
    pool = DaemonPool(most=1)
    begun, gate, ran = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        gate.wait(60)

    blocker = asyncio.create_task(pool.run(first))
    await asyncio.to_thread(begun.wait, 60)
    waiting = asyncio.create_task(pool.run(ran.set))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.set()
    await blocker
    await pool.run(int)
    assert not ran.is_set()
