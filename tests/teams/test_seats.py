"""Seats: who gets one under which name, what is kept of it, and that a seat which could not be committed is nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import StoreError, UsageError
from loomkin_jupyter.core.signals import AgentSpawned
from loomkin_jupyter.store import agents as rows
from tests.agents.conftest import World, opened
from tests.agents.model import OwnModel


async def test_the_first_leads_and_names_are_their_own(quick: World) -> None:
    start = quick.team.seats.start
    first, second, third = [await start(AgentSpec(role=role)) for role in ("lead", "coder", "coder")]
    assert [agent.name for agent in (first, second, third)] == ["lead", "coder", "coder-2"]
    assert [agent.spec.lead for agent in (first, second, third)] == [True, False, False]
    with pytest.raises(UsageError, match="'coder' is taken"):
        await start(AgentSpec(role="tester", name="coder"))
    with pytest.raises(UsageError, match="coder"):
        await start(AgentSpec(role="codr"))
    assert [signal.agent for signal in quick.of(AgentSpawned)] == ["lead", "coder", "coder-2"]


async def test_a_stored_agent_has_its_seat_again_and_stays_paused(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnModel()) as world:
        await world.team.seats.start(AgentSpec(role="lead"))
        await world.team.seats.start(AgentSpec(role="coder", purpose="write it", run="run_1"))
        await world.until(lambda: not world.team.roster.busy())
        await world.team.levers.pause("coder")
        await world.until(lambda: world.team.roster.agents["coder"].state.status == "paused")
    async with opened(tmp_path, OwnModel()) as again:
        coder = again.team.roster.agents["coder"]
        assert (coder.spec.purpose, coder.spec.run, coder.spec.lead) == ("write it", "run_1", False)
        assert coder.steering.pausing
        assert again.team.roster.lead == "lead"
        assert again.of(AgentSpawned) == []


async def test_a_seat_that_could_not_be_committed_is_taken_back(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.until(lambda: not quick.team.roster.busy())
    await quick.store.close()
    with pytest.raises(StoreError):
        await quick.team.seats.start(AgentSpec(role="coder"))
    assert list(quick.team.roster.agents) == ["lead"]


async def test_who_rests_is_called_back_with_its_history(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.team.seats.start(AgentSpec(role="coder", run="run_1"))
    await quick.until(lambda: not quick.team.roster.busy())
    assert await quick.team.endings.retire("run_1") == ["coder"]
    coder = await quick.team.seats.start(AgentSpec(role="coder", run="run_2"))
    assert coder.name == "coder"
    await quick.until(lambda: coder.state.status == "idle")
    assert "called back" in coder.history.entries[-1].text
    stored = await quick.store.read(lambda conn: rows.of_team(conn, "main"))
    assert sorted(record.name for record in stored) == ["coder", "lead"]
