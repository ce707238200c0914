"""Cells in a real kernel: the first panel of a new one, then latency and speed with 100 busy agents against none."""
# pyright: basic

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from tests.bench.measure import Row, row

_CELLS = 100
_KERNELS = 3
_REST_S = 5.0
_BURN = "import time as _t\n_b = _t.perf_counter()\nfor _n in range(5_000_000): pass\nprint(_t.perf_counter() - _b)"
# Each agent streams an answer for a second (ten pieces), calls a tool, and begins anew.
_BUSY = """
import asyncio as _a, os as _os, tempfile as _tf
from pathlib import Path as _P
from loomkin_jupyter.agents.kit import AgentSpec as _S
from loomkin_jupyter.core.messages import Envelope as _E
from loomkin_jupyter.core.ports import TextDelta as _D
from loomkin_jupyter.runtime.portal import Portal as _Po
from loomkin_jupyter.tools.declare import make_spec as _m
from loomkin_jupyter.workspace.build import open_workspace as _o
from loomkin_jupyter.workspace.options import RunOptions as _R
from tests.bench.turn import InstantModel as _I, look_at as _l
class _Streaming(_I):
    async def stream(self, request):
        if request.agent != "lead":
            for _ in range(10):
                await _a.sleep(0.1)
                yield _D("some words ")
        async for event in super().stream(request):
            yield event
async def _begin():
    root = _P(_tf.mkdtemp())
    models = _Streaming(0)
    ws = await _o(root, portal=_portal, models=models, environment={**_os.environ, "HOME": str(root)})
    ws.parts.registry.add(_m(_l, kind="read"))
    await (await ws.ask("begin", _R(model="ollama/bench"))).wait()
    models.steps = 1_000
    team = next(iter(ws.teams.values()))
    for n in range(100):
        await team.seats.start(_S(role="coder", name=f"b{n}", model="ollama/bench"))
        await team.comms.send("user", f"b{n}", "work", kind="message")
    return ws
_portal = _Po()
_portal.start()
_ws = _portal.call(_begin()).result(120)
"""
_FIRST = "%%loomkin --model loomkin/playbook\nhello"


async def _cell(client: AsyncKernelClient, code: str) -> tuple[float, str]:
    """Run a cell; return milliseconds until its reply, and what it printed."""
    begun, printed, output = time.perf_counter(), "", list[dict[str, Any]]()
    reply = await client.execute_interactive(code, store_history=False, timeout=180, output_hook=output.append)
    took = (time.perf_counter() - begun) * 1e3
    assert reply["content"]["status"] == "ok", reply["content"]
    for message in output:
        printed += message["content"].get("text", "")
    return took, printed


async def _first_panel(client: AsyncKernelClient) -> float:
    """Return milliseconds from a request's arrival to the first panel that is shown."""
    shown = list[float]()

    def hear(message: dict[str, Any]) -> None:
        if message["header"]["msg_type"] in ("display_data", "comm_open") and not shown:
            shown.append(time.perf_counter())

    begun = time.perf_counter()
    await client.execute_interactive(_FIRST, timeout=180, output_hook=hear)
    return (shown[0] - begun) * 1e3 if shown else float("nan")


async def _latencies(client: AsyncKernelClient) -> list[float]:
    times = list[float]()
    for _ in range(_CELLS):
        times.append((await _cell(client, "1"))[0])
    return times


@contextlib.asynccontextmanager
async def _kernel() -> AsyncIterator[AsyncKernelClient]:
    """A new kernel in a project of its own, with the extension loaded."""
    with tempfile.TemporaryDirectory() as folder:
        manager = AsyncKernelManager(kernel_name="python3")
        project = Path(folder) / "project"  # a home directory is not taken for one
        project.mkdir()
        here = str(Path(__file__).parents[2])
        await manager.start_kernel(cwd=project, env={**os.environ, "PYTHONPATH": here, "HOME": folder})
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=120)
            await _cell(client, "%load_ext loomkin_jupyter")
            yield client
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)


async def run() -> list[Row]:
    """Measure first panels in new kernels; then cells in one kernel, first idle and then busy."""
    first, rested = list[float](), list[float]()
    for times, rest in ((first, 0.0), (rested, _REST_S)):
        for _ in range(_KERNELS):
            async with _kernel() as client:
                await asyncio.sleep(rest)
                times.append(await _first_panel(client))
    async with _kernel() as client:
        await _first_panel(client)
        idle = await _latencies(client)
        alone = [float((await _cell(client, _BURN))[1]) for _ in range(5)]
        await _cell(client, _BUSY)
        busy = await _latencies(client)
        beside = [float((await _cell(client, _BURN))[1]) for _ in range(5)]
    slowest = [statistics.quantiles(times, n=100)[98] for times in (busy, idle)]
    speed = statistics.median(alone) / statistics.median(beside) * 100
    return [
        row("first panel after %%loomkin, right after %load_ext", first, "ms", target="< 300 ms"),
        row("first panel after %%loomkin, five seconds later", rested, "ms", target="< 300 ms"),
        row("cell latency with 100 busy agents, p50", busy, "ms", baseline=idle, target="< 1 ms more"),
        row("cell latency with 100 busy agents, p99", slowest[:1], "ms", baseline=slowest[1:], target="< 10 ms more"),
        row("CPU-bound cell's speed with 100 busy agents", [speed], "%", target="≥ 90 %"),
    ]
