"""A model call through the whole client against raw httpx at the same scripted server, and 100 streams at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from loomkin_jupyter.core.ports import ModelRequest
from loomkin_jupyter.models.client import GatewayClient
from tests.bench.measure import Row

_MODEL = "openai/gpt-4o-mini"
_MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
_CALLS = 100
# 100 streams of 40 pieces each, 50 ms apart: 2,000 pieces a second in all.
_SCRIPT = """
from loomkin_jupyter.testing.scripted import Reply
def script(request):
    if request.last == "stream":
        return Reply("word " * 40, piece=5, pace_s=0.05)
    return Reply("an answer of some words " * 8)
"""


async def run() -> list[Row]:
    """Measure against a server in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.py"
        file.write_text(_SCRIPT)
        command = [sys.executable, "-m", "loomkin_jupyter.testing.scripted", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            environment: dict[str, str] = json.loads(process.stdout.readline())["environment"]
            client = GatewayClient(environment=environment)
            try:
                return await _measure(client, environment)
            finally:
                await client.close()
                process.terminate()


async def _measure(client: GatewayClient, environment: dict[str, str]) -> list[Row]:
    async def ours(text: str = "hello") -> None:
        request = ModelRequest(id="r", model=_MODEL, messages=[{"role": "user", "content": text}])
        async for _ in client.stream(request):
            pass

    async with httpx.AsyncClient(base_url=environment["OPENAI_BASE_URL"], timeout=60, trust_env=False) as http:

        async def raw() -> None:
            body = {"model": "gpt-4o-mini", "messages": _MESSAGES, "stream": True}
            async with http.stream("POST", "/chat/completions", json=body) as response:
                async for line in response.aiter_lines():
                    if line.startswith("data: {"):
                        json.loads(line[6:])

        await ours()
        await raw()
        one = await _cpu(lambda: _in_a_row(ours)), await _cpu(lambda: _in_a_row(raw))
        many = await _cpu(lambda: _at_once(ours)), await _cpu(lambda: _at_once(raw))
    lags, share = await _streaming(lambda: ours("stream"))
    return [
        Row(
            name="model call, one after another (kernel CPU)",
            value=one[0],
            unit="ms",
            baseline=one[1],
            target="<= 1.2 x raw httpx",
        ),
        Row(
            name="model call, 100 at once (kernel CPU)",
            value=many[0],
            unit="ms",
            baseline=many[1],
            target="<= 0.5 x raw httpx",
        ),
        Row(name="100 streams, 2,000 pieces/s: loop lag p99", value=lags, unit="ms", target="< 5 ms"),
        Row(name="100 streams, 2,000 pieces/s: kernel CPU", value=share, unit="%", target="<= 8 %"),
    ]


async def _in_a_row(call: Callable[[], Awaitable[None]]) -> None:
    for _ in range(_CALLS):
        await call()


async def _at_once(call: Callable[[], Awaitable[None]]) -> None:
    await asyncio.gather(*(call() for _ in range(_CALLS)))


async def _cpu(work: Callable[[], Awaitable[None]]) -> float:
    """Return milliseconds of this process's CPU per call."""
    started = time.process_time()
    await work()
    return (time.process_time() - started) * 1000 / _CALLS


async def _streaming(call: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """Return the loop's lag (p99, ms) and the share of a core while 100 answers stream."""
    lags: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + 0.01
            await asyncio.sleep(0.01)
            lags.append((time.perf_counter() - due) * 1000)

    watcher = asyncio.create_task(watch())
    started, cpu = time.perf_counter(), time.process_time()
    await _at_once(call)
    share = 100 * (time.process_time() - cpu) / (time.perf_counter() - started)
    watcher.cancel()
    return sorted(lags)[int(len(lags) * 0.99)], share
