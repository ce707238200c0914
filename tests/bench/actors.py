"""Supervised actors: spawn until answered, crash until answering again, memory and time of 10,000 idle ones."""

from __future__ import annotations

import asyncio
import statistics
import time

import psutil

from loomkin_jupyter.runtime.actor import Actor
from loomkin_jupyter.runtime.supervisor import Supervisor
from tests.bench.measure import Row, row


class _Echo(Actor["asyncio.Future[None] | None"]):
    async def run(self) -> None:
        while True:
            reply = await self.mailbox.get()
            if reply is None:
                raise ValueError("crash")
            reply.set_result(None)


async def _times(crash: bool) -> list[float]:
    loop, times = asyncio.get_running_loop(), list[float]()
    supervisor = Supervisor("bench", most_restarts=10_000)
    for number in range(1_000):
        actor = _Echo(f"a{number}")
        begun = time.perf_counter()
        supervisor.start(actor.name, actor.run)
        reply: asyncio.Future[None] = loop.create_future()
        actor.tell(reply)
        await reply
        if crash:
            begun = time.perf_counter()
            actor.tell(None)
            reply = loop.create_future()
            actor.tell(reply)
            await reply
        times.append((time.perf_counter() - begun) * 1e6)
    await supervisor.close()
    return times


async def run() -> list[Row]:
    """Measure all three."""
    spawn, crash = await _times(False), await _times(True)
    process = psutil.Process()
    before, begun = process.memory_info().rss, time.perf_counter()
    supervisor = Supervisor("idle")
    actors = [_Echo(f"a{number}") for number in range(10_000)]
    for actor in actors:
        supervisor.start(actor.name, actor.run)
    await asyncio.sleep(0)
    took, grown = time.perf_counter() - begun, process.memory_info().rss - before
    await supervisor.close()
    return [
        row("spawn until answered, p50", spawn, "µs", target="< 50 µs"),
        row("spawn until answered, p99", [statistics.quantiles(spawn, n=100)[98]], "µs", target="< 1000 µs"),
        row("crash until answering, p50", crash, "µs"),
        row("crash until answering, p99", [statistics.quantiles(crash, n=100)[98]], "µs", target="< 1000 µs"),
        row("10,000 idle actors", [grown / 1e6], "MB", target="< 100 MB"),
        row("10,000 idle actors started", [took], "s", target="< 1 s"),
    ]
