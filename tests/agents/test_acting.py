"""Running the calls of one answer: side by side where they only read, and not at all once guidance has come."""

from __future__ import annotations

import asyncio
import time

from loomkin_jupyter.agents.acting import STEERED
from loomkin_jupyter.core.messages import ToolEntry
from loomkin_jupyter.core.signals import ToolFinished, ToolStarted
from loomkin_jupyter.testing.script import Reply
from loomkin_jupyter.tools.declare import make_spec
from tests.agents.conftest import World


async def test_reading_calls_run_side_by_side_and_others_alone(quick: World) -> None:
    together = asyncio.Barrier(2)

    async def meet() -> str:
        """Wait for the other one."""
        async with asyncio.timeout(60):
            await together.wait()
        return "met"

    quick.kit.registry.add(make_spec(meet, kind="read", parallel=True))
    quick.script({"lead": [Reply(calls=[("meet", {}), ("meet", {})]), "Met."]})
    assert (await quick.request()).status == "done"
    assert [s.status for s in quick.of(ToolFinished)] == ["ok", "ok"]
    assert len(quick.of(ToolStarted)) == 2


async def test_guidance_between_two_calls_keeps_the_rest_from_running(quick: World) -> None:
    async def steered_meanwhile() -> str:
        """Somebody steers while this runs."""
        await quick.team.levers.steer("lead", "Stop that.")
        return "ran"

    quick.kit.registry.add(make_spec(steered_meanwhile, kind="coordinate"))
    quick.script({"lead": [Reply(calls=[("steered_meanwhile", {}), ("steered_meanwhile", {})]), "Stopped."]})
    await quick.request()
    texts = [e.text for e in quick.team.roster.agents["lead"].history.entries if isinstance(e, ToolEntry)]
    assert texts == ["ran", STEERED]


async def test_stop_kills_the_process_group_of_a_running_command(quick: World) -> None:
    mark = quick.root / "late.txt"
    command = f"(sleep 20; touch {mark.name}) & echo begun > begun.txt; wait"
    quick.script({"lead": [Reply(calls=[("shell", {"command": command})])]})
    await quick.begin()
    async with asyncio.timeout(60):
        while not (quick.root / "begun.txt").exists():
            await quick.store.flush()
    began = time.monotonic()
    await quick.team.stop_run("run_1")
    assert time.monotonic() - began < 10
    assert (await quick.team.outcome("run_1")).status == "stopped"
    assert not mark.exists()
    await quick.until(lambda: quick.team.roster.agents["lead"].state.status == "idle")
    last = [e for e in quick.team.roster.agents["lead"].history.entries if isinstance(e, ToolEntry)]
    assert [e.status for e in last] == ["interrupted"]
