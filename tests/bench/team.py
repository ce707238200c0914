"""Whole agents in a workspace: spawn with a durable record, crash until ready with the history read again, 10,000 idle ones."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.messages import Envelope, UserEntry
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.teams.team import Team
from loomkin_jupyter.workspace.build import open_workspace
from loomkin_jupyter.workspace.options import RunOptions
from tests.bench.measure import Row, row
from tests.bench.turn import InstantModel

_SPAWNED, _CRASHES, _ENTRIES, _IDLE = 300, 40, 200, 10_000


async def _spawn(team: Team, first: int, count: int) -> list[float]:
    times = list[float]()
    for number in range(first, first + count):
        begun = time.perf_counter()
        await team.seats.start(AgentSpec(role="coder", name=f"a{number}"))
        times.append((time.perf_counter() - begun) * 1e6)
    return times


async def _crash(agent: Agent) -> float:
    """Let the agent's body raise; return milliseconds until it waits for messages again with its history."""
    usual = agent.inbox.ready

    def crash() -> list[Envelope]:
        agent.inbox.ready = usual
        raise RuntimeError("crash")

    agent.inbox.ready = crash
    begun = time.perf_counter()
    agent.inbox.wake()
    status = lambda: str(agent.state.status)  # noqa: E731 - it changes under us, which a type checker cannot know
    while status() == "idle":  # noqa: ASYNC110
        await asyncio.sleep(0)
    while status() != "idle":  # noqa: ASYNC110
        await asyncio.sleep(0)
    return (time.perf_counter() - begun) * 1e3


async def _measure(root: Path, portal: Portal) -> list[Row]:
    environment = {**os.environ, "HOME": str(root)}
    overrides = {"supervision.restarts": 100}
    workspace = await open_workspace(
        root, portal=portal, models=InstantModel(0), environment=environment, overrides=overrides
    )
    await (await workspace.ask("begin", RunOptions(model="ollama/bench"))).wait()
    team = next(iter(workspace.teams.values()))
    spawned = await _spawn(team, 0, _SPAWNED)
    agent = team.roster.agents["a0"]
    await agent.history.add(*(UserEntry(id=f"e{n}", text=f"entry {n} " * 20, kind="notice") for n in range(_ENTRIES)))
    crashed = [await _crash(agent) for _ in range(_CRASHES)]
    process = psutil.Process()
    before, begun = process.memory_info().rss, time.perf_counter()
    for start in range(_SPAWNED, _SPAWNED + _IDLE, 500):
        await asyncio.gather(*(_spawn(team, number, 1) for number in range(start, start + 500)))
    took, grown = time.perf_counter() - begun, process.memory_info().rss - before
    await workspace.close()
    return [
        row("agent with a durable record, p50", spawned, "µs"),
        row("agent with a durable record, p99", [statistics.quantiles(spawned, n=100)[98]], "µs", target="< 5000 µs"),
        row(f"crash until ready, {_ENTRIES} entries read again", crashed, "ms", target="< 20 ms"),
        row("10,000 whole idle agents", [grown / 1e6], "MB", target="< 100 MB"),
        row("10,000 whole idle agents, durable", [took], "s", target="< 1 s"),
    ]


async def run() -> list[Row]:
    """Measure on the portal's loop, as in a kernel."""
    portal = Portal()
    portal.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await asyncio.wrap_future(portal.call(_measure(Path(folder), portal)))
    finally:
        portal.close()
