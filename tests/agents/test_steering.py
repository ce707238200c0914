"""Pausing, resuming, stopping: at the next checkpoint, after an open question, and at once."""

from __future__ import annotations

import asyncio

from loomkin_jupyter.core.signals import AgentStatusChanged
from loomkin_jupyter.testing.person import Person
from loomkin_jupyter.testing.script import Reply
from tests.agents.conftest import World


async def asking(world: World) -> Person:
    """Begin a run whose lead has asked the person something."""
    person = Person("blue", hold=True)
    world.kit.human = person
    world.script({"lead": [Reply(calls=[("ask_user", {"question": "Which?"})]), "It is blue."]})
    await world.begin()
    await asyncio.wait_for(person.asked.wait(), 60)
    return person


async def test_a_pause_waits_for_the_open_question(quick: World) -> None:
    person = await asking(quick)
    lead = quick.team.roster.agents["lead"]
    await quick.team.levers.pause("lead")
    assert lead.state.status == "waiting"
    person.open.set()
    await quick.until(lambda: lead.state.status == "paused")
    statuses = [s.status for s in quick.of(AgentStatusChanged) if s.agent == "lead"]
    assert statuses[-3:] == ["waiting", "working", "paused"]
    assert len(quick.server.requests) == 1
    await quick.team.levers.resume("lead")
    assert (await quick.team.outcome("run_1")).answer == "It is blue."


async def test_stop_while_a_question_is_open_ends_the_run(quick: World) -> None:
    await asking(quick)
    async with asyncio.timeout(60):
        await quick.team.stop_run("run_1")
        assert (await quick.team.outcome("run_1")).status == "stopped"
    await quick.until(lambda: quick.team.roster.agents["lead"].state.status == "idle")


async def test_a_lead_that_is_paused_in_its_turn_can_be_stopped(quick: World) -> None:
    person = await asking(quick)
    lead = quick.team.roster.agents["lead"]
    await quick.team.levers.pause("lead")
    person.open.set()
    await quick.until(lambda: lead.state.status == "paused")
    assert await quick.team.levers.stop_turn("lead")
    assert (await quick.team.outcome("run_1")).status == "stopped"


async def test_stop_of_one_that_is_paused_before_a_turn_leaves_it_paused(quick: World) -> None:
    quick.script({"lead": ["Hello."]})
    await quick.request()
    await quick.team.levers.pause("lead")
    assert not await quick.team.levers.stop_turn("lead")
    assert quick.team.roster.agents["lead"].steering.pausing
