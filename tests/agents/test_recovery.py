"""Calls that were cut off: what is known about each is said, and none is run again."""

from __future__ import annotations

import hashlib

import pytest

from loomkin_jupyter.agents import recovery
from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.messages import AssistantEntry, ToolCall, ToolEntry
from loomkin_jupyter.core.signals import ToolFinished, ToolStarted
from loomkin_jupyter.store import intents
from tests.agents.conftest import World


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def cut_off(world: World, tool: str) -> Agent:
    """Return a paused lead whose last answer has a call without a result."""
    await world.team.start_agent(AgentSpec(role="lead"))
    await world.team.pause("lead")
    lead = world.team.roster.agents["lead"]
    await lead.history.add(AssistantEntry(id="a", text="", calls=(ToolCall("call_1", tool, "{}"),), run="run_1"))
    return lead


async def begun(world: World, tool: str, **more: str) -> None:
    await world.store.transact(lambda tx: intents.begin(tx, "call_1", "lead", "main", tool, "{}", **more))  # type: ignore[arg-type]


async def mended(world: World, agent: Agent) -> ToolEntry:
    await recovery.mend(agent)
    entry = agent.history.entries[-1]
    assert isinstance(entry, ToolEntry)
    assert not agent.history.open_calls()
    assert not await world.store.read(lambda conn: intents.open_intents(conn, "main"))
    assert not world.of(ToolStarted)
    assert world.of(ToolFinished)[-1].status == entry.status
    return entry


async def test_a_recorded_effect_is_the_result(quick: World) -> None:
    lead = await cut_off(quick, "peer_create_task")
    await begun(quick, "peer_create_task")
    await quick.store.transact(lambda tx: intents.effect(tx, "call_1", "id: T1"))
    entry = await mended(quick, lead)
    assert (entry.status, entry.text) == ("ok", "id: T1")


@pytest.mark.parametrize(
    ("now", "status", "says"),
    [
        ("new", "ok", "was written"),
        ("old", "interrupted", "was not written"),
        ("somebody else's", "interrupted", "neither the old nor the new"),
    ],
)
async def test_a_file_write_is_judged_by_the_content(quick: World, now: str, status: str, says: str) -> None:
    (quick.root / "a.txt").write_text(now)
    lead = await cut_off(quick, "file_write")
    await begun(quick, "file_write", path="a.txt", before=digest("old"), after=digest("new"))
    entry = await mended(quick, lead)
    assert entry.status == status
    assert says in entry.text
    assert (quick.root / "a.txt").read_text() == now


async def test_a_new_file_that_was_not_written(quick: World) -> None:
    lead = await cut_off(quick, "file_write")
    await begun(quick, "file_write", path="new.txt", before="", after=digest("new"))
    assert "was not written" in (await mended(quick, lead)).text


async def test_everything_else_is_interrupted_with_an_unknown_outcome(quick: World) -> None:
    lead = await cut_off(quick, "shell")
    await begun(quick, "shell")
    entry = await mended(quick, lead)
    assert (entry.status, entry.text) == ("interrupted", recovery.UNKNOWN)


async def test_what_has_no_intent_was_not_run(quick: World) -> None:
    lead = await cut_off(quick, "shell")
    assert (await mended(quick, lead)).text == recovery.NOT_RUN
    assert await recovery.mend(lead) == []
