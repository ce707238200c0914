"""Request and reply between two tasks: mailboxes against two bare queues; publishing to 100 against a bare fan-out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from loomkin_jupyter.core.signals import LogWritten
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.runtime.mailbox import Mailbox
from tests.bench.measure import Row, row

_TURNS, _RUNS, _READERS = 5_000, 7, 100


async def _round_trip(ask: Any, reply: Any) -> float:
    put_ask = getattr(ask, "put_nowait", ask.put)
    put_reply = getattr(reply, "put_nowait", reply.put)

    async def serve() -> None:
        while True:
            put_reply(await ask.get())

    server = asyncio.create_task(serve())
    await asyncio.sleep(0)
    begun = time.perf_counter()
    for number in range(_TURNS):
        put_ask(number)
        await reply.get()
    took = time.perf_counter() - begun
    server.cancel()
    return took / _TURNS * 1e6


async def _fan_out(publish: Any, readers: list[Any], times: int = 200) -> float:
    async def read(reader: Any) -> None:
        for _ in range(times):
            await reader()

    tasks = [asyncio.create_task(read(reader)) for reader in readers]
    await asyncio.sleep(0)
    begun = time.perf_counter()
    for number in range(times):
        publish(number)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    return (time.perf_counter() - begun) / times * 1e6


def _putting(queues: list[asyncio.Queue[int]]) -> Callable[[int], object]:
    def put(number: int) -> None:
        for queue in queues:
            queue.put_nowait(number)

    return put


def _publishing(bus: Bus) -> Callable[[int], object]:
    return lambda number: bus.publish(LogWritten(text=str(number)))


async def run() -> list[Row]:
    """Measure both."""
    bare, own, bare_fan, own_fan = [list[float]() for _ in range(4)]
    for _ in range(_RUNS):
        bare.append(await _round_trip(asyncio.Queue[int](), asyncio.Queue[int]()))
        own.append(await _round_trip(Mailbox[int](), Mailbox[int]()))
        queues = [asyncio.Queue[int]() for _ in range(_READERS)]
        bare_fan.append(await _fan_out(_putting(queues), [q.get for q in queues]))
        bus = Bus()
        subscriptions = [bus.subscribe() for _ in range(_READERS)]
        own_fan.append(await _fan_out(_publishing(bus), [s.__anext__ for s in subscriptions]))
    return [
        row("ask and reply", own, "µs", baseline=bare, target="≤ 1.5 ×"),
        row("publish to 100 subscribers", own_fan, "µs", baseline=bare_fan, target="≤ 1.5 ×"),
    ]
