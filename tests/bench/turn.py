"""The agent loop around an instant model in the same process: one model call with one tool call, and a whole request."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.ports import ModelAnswer, ModelEvent, ModelLimits, ModelRequest
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.tools.declare import make_spec
from loomkin_jupyter.workspace.build import open_workspace
from loomkin_jupyter.workspace.options import RunOptions
from loomkin_jupyter.workspace.workspace import Workspace
from tests.bench.measure import Row, row

_STEPS, _REQUESTS = 20, 30


async def look_at(number: int) -> str:
    """Look at nothing in particular."""
    return f"looked at {number}"


class InstantModel:
    """A ModelPort that answers at once: ``steps`` calls of a tool that only reads, then text."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.times: list[float] = []
        self.cpu: list[float] = []

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Answer; the times at which requests came are kept."""
        self.times.append(time.perf_counter())
        self.cpu.append(time.process_time())
        since = 0
        for message in reversed(request.messages):
            if message["role"] == "user":
                break
            since += message["role"] == "assistant"
        usage = Usage(input=1_000, output=20)
        if since < self.steps:
            call = ToolCall(f"c{len(self.times)}", "look_at", f'{{"number": {len(self.times)}}}')
            yield ModelAnswer(text="", calls=(call,), finish="tool_calls", model=request.model, usage=usage)
        else:
            yield ModelAnswer(text="All is done as you asked.", model=request.model, usage=usage)

    async def limits(self, model: str) -> ModelLimits:
        """Every model is local and costs nothing."""
        return ModelLimits(model=model, local=True, known=True, window=1_000_000)

    async def count(self, model: str, text: str) -> int:
        """Four characters to a token."""
        return len(text) // 4

    async def close(self) -> None:
        """Nothing is open."""


async def _measure(root: Path, portal: Portal) -> list[Row]:
    environment = {**os.environ, "LOOMKIN_MODEL": "ollama/bench", "HOME": str(root)}
    many, one = InstantModel(_STEPS), InstantModel(1)
    steps = await _requests(root / "steps", portal, many, environment, 5)
    whole = await _requests(root / "whole", portal, one, environment, _REQUESTS)
    gaps, busy = _gaps(many.times), _gaps(many.cpu)
    return [
        row("agent loop: the same, CPU of all threads", busy, "µs", target="< 300 µs"),
        row(
            "agent loop: one model call and one tool call, committed", gaps, "µs", baseline=steps[1], target="< 300 µs"
        ),
        row("agent: a whole request with one tool call", whole[0], "µs", baseline=whole[1]),
    ]


def _gaps(times: list[float]) -> list[float]:
    """Return the microseconds from one model call to the next within a request."""
    pairs = enumerate(itertools.pairwise(times), 1)
    return [(later - sooner) * 1e6 for place, (sooner, later) in pairs if place % (_STEPS + 1)]


async def _requests(
    folder: Path, portal: Portal, models: InstantModel, environment: dict[str, str], times: int
) -> tuple[list[float], list[float]]:
    """Return the microseconds of each request and of awaited transactions that write nothing, in the same workspace."""
    folder.mkdir()
    workspace: Workspace = await open_workspace(folder, portal=portal, models=models, environment=environment)
    workspace.parts.registry.add(make_spec(look_at, kind="read"))
    took, empty = list[float](), list[float]()
    for _ in range(times):
        begun = time.perf_counter()
        run = await workspace.ask("measure", RunOptions(model="ollama/bench"))
        finished = await run.wait()
        took.append((time.perf_counter() - begun) * 1e6)
        assert finished.status == "done", finished
        begun = time.perf_counter()
        await workspace.store.flush()
        empty.append((time.perf_counter() - begun) * 1e6)
    await workspace.close()
    return took, empty


async def run() -> list[Row]:
    """Measure both, on the portal's loop as in a kernel; the baseline is an awaited transaction without content."""
    portal = Portal()
    portal.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await asyncio.wrap_future(portal.call(_measure(Path(folder), portal)))
    finally:
        portal.close()
