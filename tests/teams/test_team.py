"""A team end to end: it grows, works, hands over, survives, and comes to rest."""

from __future__ import annotations

from pathlib import Path

from loomkin_jupyter.core.ports import Answer
from loomkin_jupyter.core.signals import (
    AgentRestarted,
    AgentSpawned,
    AgentStatusChanged,
    MessageSent,
    TaskCompleted,
    TaskStatusChanged,
)
from loomkin_jupyter.testing.script import Reply, ScriptRequest
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.agents.conftest import World, opened

SPAWN = ("team_spawn", {"team_name": "crew", "purpose": "look into it", "roles": [{"role": "researcher"}]})
ASSIGN = ("team_assign", {"title": "Look", "description": "Look at it closely.", "agent_name": "researcher"})
HANDOFF = {
    "task_id": "T1",
    "result": "There are exactly three files in the project.",
    "discoveries": ["one of them is empty"],
}


def _lead_after_team(request: ScriptRequest) -> str:
    text = str(request.messages)
    return "Three files." if "one of them is empty" in text else "Waiting for the researcher."


async def test_a_team_grows_works_hands_over_and_comes_to_rest(world: World) -> None:
    world.script(
        {
            "lead": [Reply(calls=[SPAWN]), Reply(calls=[ASSIGN]), _lead_after_team, _lead_after_team],
            "researcher": [
                Reply(calls=[("directory_list", {"path": "."})]),
                Reply(calls=[("peer_complete_task", HANDOFF)]),
            ],
        }
    )
    outcome = await world.request("How many files?")
    assert (outcome.status, outcome.answer) == ("done", "Three files.")
    assert [s.agent for s in world.of(AgentSpawned)] == ["lead", "researcher"]
    statuses = [s.status for s in world.of(TaskStatusChanged)]
    assert statuses == ["assigned", "in_progress", "completed"]
    assert world.of(TaskCompleted)[0].discoveries == ["one of them is empty"]
    assert all(not len(agent.inbox) for agent in world.team.roster.living())


async def test_open_tasks_that_nobody_works_on_nudge_the_lead_twice_and_then_fail(world: World) -> None:
    world.script({"lead": [Reply(calls=[("peer_create_task", {"title": "Left lying"})])]})
    outcome = await world.request()
    assert outcome.status == "failed"
    assert "T1 Left lying" in outcome.reason
    assert [s.kind for s in world.of(MessageSent)].count("nudge") == 2


async def test_a_spawn_that_the_person_refuses_starts_nobody(world: World) -> None:
    world.settings["preset"] = "balanced"
    world.person.answer = Answer(choice="deny")
    world.script({"lead": [Reply(calls=[SPAWN]), lambda request: request.results[0][1]]})
    outcome = await world.request()
    assert list(world.team.roster.agents) == ["lead"]
    assert "not enlarged" in outcome.answer or "not permitted" in outcome.answer


async def test_a_crashed_agent_is_restarted_and_goes_on(world: World) -> None:
    world.script({"lead": ["Answered after all."]})
    await world.begin()
    lead = world.team.roster.agents["lead"]
    original, crashes = lead.inbox.drain, list[int]()

    async def crash_once(*args: object, **options: object) -> object:
        if not crashes:
            crashes.append(1)
            raise RuntimeError("a defect")
        return await original(*args, **options)  # type: ignore[arg-type]

    lead.inbox.drain = crash_once  # type: ignore[method-assign]
    outcome = await world.team.outcome("run_1")
    assert outcome.answer == "Answered after all."
    assert world.of(AgentRestarted)[0].error == "RuntimeError: a defect"


async def test_a_lead_that_keeps_crashing_fails_the_run(world: World) -> None:
    world.script({"lead": ["never"]})
    await world.begin()

    async def crash(*args: object, **options: object) -> object:
        raise RuntimeError("a defect")

    world.team.roster.agents["lead"].inbox.drain = crash  # type: ignore[method-assign, assignment]
    outcome = await world.team.outcome("run_1")
    assert outcome.status == "failed"
    assert "failed" in [s.status for s in world.of(AgentStatusChanged)]


async def test_a_team_opened_again_goes_on_with_an_unfinished_run(tmp_path: Path, server: ScriptedServer) -> None:
    async with opened(tmp_path, server) as world:
        world.script({"lead": [Reply(calls=[("peer_create_task", {"title": "Part one"})]), Reply(status=500)]})
        world.settings["agents.iterations"] = 50
        await world.begin()
        while not world.team.tasks.all():
            await world.store.flush()
    async with opened(tmp_path, server) as again:
        assert [task.title for task in again.team.tasks.all()] == ["Part one"]
        again.script(
            {
                "lead": [
                    "unused",
                    Reply(
                        calls=[
                            (
                                "peer_complete_task",
                                {"task_id": "T1", "result": "Part one is done, entirely.", "actions_taken": ["it"]},
                            )
                        ]
                    ),
                    "All done.",
                ]
            }
        )
        again.team.roster.agents["lead"]
        again.team.follow("run_1")
        outcome = await again.team.outcome("run_1")
        assert (outcome.status, outcome.answer) == ("done", "All done.")
