"""Changing the plan: who may, what is told to whom, all in one transaction and found again."""

from __future__ import annotations

import msgspec
import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.core.signals import TaskAssigned, TaskCreated
from loomkin_jupyter.store import inbox
from tests.agents.conftest import World

GOOD = Handoff("The work is done, entirely and well.", discoveries=("a pattern",))


async def staffed(world: World) -> None:
    """Start a lead and a coder that stay paused, so that their queues can be looked at."""
    await world.team.seats.start(AgentSpec(role="lead"))
    await world.team.seats.start(AgentSpec(role="coder"))
    for name in ("lead", "coder"):
        await world.team.levers.pause(name)


async def test_an_assignment_is_delivered_with_the_task(world: World) -> None:
    await staffed(world)
    lead = world.team.roster.agents["lead"].caller("call_1")
    view = await world.team.tasks.create_and_assign(lead, "Build", "Build it.", "coder", 1)
    assert (view.handle, view.status, view.owner) == ("T1", "assigned", "coder")
    (envelope,) = await world.store.read(lambda conn: inbox.waiting(conn, "main", "coder"))
    assert (envelope.kind, envelope.task, envelope.priority) == ("task", "T1", "high")
    assert world.of(TaskCreated)[0].task == world.of(TaskAssigned)[0].task == "T1"


async def test_a_dependent_is_delivered_with_the_handoff_when_it_can_start(world: World) -> None:
    await staffed(world)
    tasks, lead = world.team.tasks, world.team.roster.agents["lead"].caller("call_1")
    await tasks.create(lead, "First")
    await tasks.create(lead, "Second", depends_on=["T1"])
    assert (await tasks.assign(lead, "T2", "coder")).status == "blocked"
    assert not len(world.team.roster.agents["coder"].inbox)
    await tasks.complete(lead, "T1", GOOD)
    (envelope,) = world.team.roster.agents["coder"].inbox.waiting()
    assert "a pattern" in envelope.text
    assert tasks.get("T2").status == "assigned"


async def test_a_planned_task_is_assigned_by_handle_or_title_and_keeps_what_it_waits_for(world: World) -> None:
    await staffed(world)
    tasks, lead = world.team.tasks, world.team.roster.agents["lead"].caller("call_1")
    await tasks.create(lead, "First", "Look.")
    await tasks.create(lead, "Second", depends_on=["T1"])
    blocked = await tasks.create_and_assign(lead, "T2", "Use what T1 found.", "coder", 1)
    assert (blocked.handle, blocked.status, blocked.priority) == ("T2", "blocked", 1)
    assert not len(world.team.roster.agents["coder"].inbox)
    begun = await tasks.create_and_assign(lead, "First", "", "lead")
    assert (begun.handle, begun.status, begun.owner, begun.priority) == ("T1", "assigned", "lead", 3)
    await tasks.complete(lead, "T1", GOOD)
    (envelope,) = world.team.roster.agents["coder"].inbox.waiting()
    assert (envelope.task, envelope.priority) == ("T2", "high")
    assert "a pattern" in envelope.text and "Use what T1 found." in envelope.text
    assert [created.task for created in world.of(TaskCreated)] == ["T1", "T2"]
    assert (await tasks.create_and_assign(lead, "First", "", "coder")).handle == "T3"
    with pytest.raises(ToolFailed, match="is completed and cannot"):
        await tasks.create_and_assign(lead, "T1", "", "coder")
    await tasks.load()
    assert (tasks.get("T2").description, tasks.get("T2").status) == ("Use what T1 found.", "assigned")


async def test_a_task_of_an_earlier_run_belongs_to_the_run_that_takes_it_up(world: World) -> None:
    await staffed(world)
    tasks, lead = world.team.tasks, world.team.roster.agents["lead"].caller("call_1")
    await tasks.create(msgspec.structs.replace(lead, run="run_1"), "Left")
    taken = await tasks.create_and_assign(msgspec.structs.replace(lead, run="run_2"), "T1", "", "coder")
    assert taken.run == "run_2" and world.team.roster.agents["coder"].inbox.waiting()[-1].run == "run_2"
    await tasks.load()
    assert tasks.get("T1").run == "run_2"


async def test_only_owner_or_lead_may_complete(world: World) -> None:
    await staffed(world)
    tasks, lead = world.team.tasks, world.team.roster.agents["lead"].caller("call_1")
    coder = world.team.roster.agents["coder"].caller("call_2")
    await tasks.create_and_assign(lead, "Mine", "", "lead")
    with pytest.raises(ToolFailed, match="belongs to lead"):
        await tasks.complete(coder, "T1", GOOD)
    with pytest.raises(ToolRetry, match="do not exist"):
        await tasks.complete(lead, "T1", Handoff(GOOD.result, files_changed=("nowhere.py",)))
    await tasks.complete(lead, "T1", GOOD)
    with pytest.raises(ToolFailed, match="already"):
        await tasks.complete(lead, "T1", GOOD)


async def test_a_rejected_review_gives_the_task_back(world: World) -> None:
    await staffed(world)
    tasks, lead = world.team.tasks, world.team.roster.agents["lead"].caller("call_1")
    coder = world.team.roster.agents["coder"].caller("call_2")
    await tasks.create_and_assign(lead, "Build", "", "coder")
    await world.store.transact(lambda tx: tasks.begin(tx, "coder", ["T1"], {"team": "main"}))
    tasks.began("coder", ["T1"])
    assert await tasks.request_review(coder, "T1", "", "Is it right?") == "lead"
    assert tasks.get("T1").status == "ready_for_review"
    await tasks.complete(lead, "T2", Handoff("REJECTED: it does not run at all.", discoveries=("a typo",)))
    assert tasks.get("T1").status == "in_progress"
    assert "rejected" in world.team.roster.agents["coder"].inbox.waiting()[-1].text or any(
        "rejected" in envelope.text for envelope in world.team.roster.agents["coder"].inbox.waiting()
    )


async def test_circles_are_refused_with_the_path(world: World) -> None:
    await staffed(world)
    tasks, lead = world.team.tasks, world.team.roster.agents["lead"].caller("call_1")
    await tasks.create(lead, "First")
    await tasks.create(lead, "Second", depends_on=["T1"])
    with pytest.raises(ToolRetry, match="T1 → T2 → T1"):
        await tasks.depend(lead, "T1", "T2")
    await tasks.load()
    assert tasks.get("T2").depends_on == ("T1",)
