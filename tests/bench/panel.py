"""A thousand signals a second through projection and pump to one page: messages, size, CPU, memory."""

from __future__ import annotations

import asyncio
import time

import msgspec
import psutil

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import ActivityChanged, AgentSpawned, RunStarted, TextStreamed
from loomkin_jupyter.panels.pump import Pump
from loomkin_jupyter.views.projection import Projection
from tests.bench.measure import Row, row

_SECONDS, _PER_SECOND, _AGENTS = 5, 1_000, 10


async def run() -> list[Row]:
    """Measure over five seconds with ten agents."""
    sent, frames = list[int](), list[float]()

    def page(batch: JsonObject) -> None:
        begun = time.process_time()
        sent.append(len(msgspec.json.encode(batch)))
        frames.append((time.process_time() - begun) * 1e3)

    pump = Pump(asyncio.get_running_loop())
    pump.begin(Projection(), (0, 0))
    pump.take(RunStarted(request="measure", team="main", run="r"))
    for number in range(_AGENTS):
        pump.take(AgentSpawned(role="coder", model="m", team="main", agent=f"a{number}", run="r"))
    pump.listen(page)
    process = psutil.Process()
    memory, begun, cpu, given = process.memory_info().rss, time.perf_counter(), time.process_time(), 0
    while (passed := time.perf_counter() - begun) < _SECONDS:
        while given < passed * _PER_SECOND:
            agent = f"a{given % _AGENTS}"
            if given % 4:
                pump.take(
                    TextStreamed(call=f"c{given % _AGENTS}", text="some words ", team="main", agent=agent, run="r")
                )
            else:
                pump.take(ActivityChanged(activity="tool", detail=f"step {given}", team="main", agent=agent, run="r"))
            given += 1
        await asyncio.sleep(0.002)
    share = 100 * (time.process_time() - cpu) / (time.perf_counter() - begun)
    grown = process.memory_info().rss - memory
    pump.close()
    return [
        row("panel, 1,000 signals/s: messages", [len(sent) / _SECONDS], "/s", target="≤ 20"),
        row("panel, 1,000 signals/s: bytes of a message", sent, "B"),
        row("panel, 1,000 signals/s: CPU of projection and pump", [share], "%"),
        row("panel, 1,000 signals/s: memory", [grown / 1e6], "MB", target="flat"),
    ]
