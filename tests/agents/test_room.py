"""The request within the window: what does not fit moves to a keeper first."""

from __future__ import annotations

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.agents.room import Room
from loomkin_jupyter.core.messages import AssistantEntry, UserEntry
from loomkin_jupyter.core.signals import ContextOffloaded
from loomkin_jupyter.core.usage import Usage
from tests.agents.conftest import World
from tests.agents.model import OwnModel


async def test_a_full_window_is_offloaded_before_the_request(quick: World) -> None:
    assert isinstance(quick.server, OwnModel)
    quick.server.window = 8_000
    lead = await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.team.levers.pause("lead")
    for number in range(12):
        await lead.history.add(
            UserEntry(id=f"u{number}", text=f"Part {number}. " * 200),
            AssistantEntry(id=f"a{number}", text=f"Read part {number}."),
        )
    room = await Room.of(lead)
    request = await room.request()
    assert quick.of(ContextOffloaded)
    assert "context_retrieve" in str(request.messages)
    assert request.max_output <= 4_096
    before = room.tokens
    room.learn(Usage(input=before * 2))
    await room.request()
    assert room.tokens > before


async def test_what_a_model_counts_is_learnt_from_the_estimate_before_its_correction(quick: World) -> None:
    lead = await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.team.levers.pause("lead")
    await lead.history.add(UserEntry(id="u", text="Count the rows of every carrier. " * 100))
    room = await Room.of(lead)
    await room.request()
    counted = round(room.tokens * 1.6)
    for _ in range(12):  # learnt from the corrected estimate, the ratio would sink to its own square root
        room.learn(Usage(input=counted))
        await room.request()
        assert abs(room.tokens - counted) <= 2
