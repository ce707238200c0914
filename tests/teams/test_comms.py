"""Messages: receipts, broadcasts, queues that people edit."""

from __future__ import annotations

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import LoomkinError
from tests.agents.conftest import World


async def staffed(world: World) -> None:
    """Start a lead and a coder that stay paused."""
    for role in ("lead", "coder"):
        await world.team.seats.start(AgentSpec(role=role))
        await world.team.levers.pause(role)


async def test_receipts_say_what_became_of_a_message(world: World) -> None:
    await staffed(world)
    comms = world.team.comms
    assert (await comms.send("lead", "coder", "hello")).state == "paused"
    unknown = await comms.send("lead", "codr", "hello")
    assert unknown.state == "unknown"
    assert "coder" in unknown.note
    assert (await comms.send("lead", "user", "hello")).state == "delivered"
    await world.team.levers.stop_agent("coder")
    assert (await comms.send("lead", "coder", "hello")).state == "dead"


async def test_a_waiting_message_can_be_edited_moved_and_deleted(world: World) -> None:
    await staffed(world)
    comms, box = world.team.comms, world.team.roster.agents["coder"].inbox
    for text in ("one", "two", "three"):
        await comms.send("lead", "coder", text)
    first, _, third = box.waiting()
    await comms.queues.move(third.id, 0)
    await comms.queues.edit(first.id, "uno")
    assert [envelope.text for envelope in box.waiting()] == ["three", "uno", "two"]
    await comms.queues.delete(third.id)
    assert [envelope.text for envelope in box.waiting()] == ["uno", "two"]
    with pytest.raises(LoomkinError, match="no longer waits"):
        await comms.queues.delete(third.id)


async def test_a_discovery_reaches_whom_it_concerns(world: World) -> None:
    await staffed(world)
    lead = world.team.roster.agents["lead"].caller("call_1")
    coder = world.team.roster.agents["coder"].caller("call_2")
    await world.team.tasks.create_and_assign(lead, "Parse carrier delays", "carrier delays in flights.csv", "coder")
    assert await world.team.comms.discover(lead, "carrier delays have negative values in flights.csv", "discovery") == [
        "coder"
    ]
    assert await world.team.comms.discover(coder, "nothing alike", "warning") == ["lead"]
