"""How agents end: retired when their run is over and called back by name, stopped, failed; scheduled messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import UserEntry
from loomkin_jupyter.core.signals import AgentSpawned, AgentStatusChanged, MessageConsumed
from loomkin_jupyter.teams.roster import RETIRED
from loomkin_jupyter.testing.clock import JumpingClock
from loomkin_jupyter.testing.script import Reply, ScriptRequest
from tests.agents.conftest import World, opened
from tests.agents.model import OwnModel

SPAWN = ("team_spawn", {"team_name": "crew", "purpose": "look", "roles": [{"role": "researcher"}]})
ASSIGN = ("team_assign", {"title": "Look", "description": "Look closely.", "agent_name": "researcher"})


def lead(request: ScriptRequest) -> Reply | str:
    """Spawn, assign, wait, answer; the same for each request."""
    since = [m for m in request.messages if m["role"] in ("assistant", "tool")][request_start(request) :]
    step = sum(m["role"] == "assistant" for m in since)
    return [Reply(calls=[SPAWN]), Reply(calls=[ASSIGN]), "Waiting.", "All is well."][min(step, 3)]


def request_start(request: ScriptRequest) -> int:
    """Return how many answers and results stood before the last request."""
    place = max(
        i for i, m in enumerate(request.messages) if "Request " in str(m.get("content")) and m["role"] == "user"
    )
    return sum(m["role"] in ("assistant", "tool") for m in request.messages[:place])


def researcher(request: ScriptRequest) -> Reply:
    if request.messages[-1]["role"] != "user":
        return Reply("Done.")
    tasks = [word for word in request.system.split() if word.startswith("T") and word.rstrip(":")[1:].isdigit()]
    handoff = {"task_id": tasks[-1].rstrip(":"), "result": "It was looked at, closely.", "discoveries": ["one"]}
    return Reply(calls=[("peer_complete_task", handoff)])


async def test_specialists_rest_when_the_work_is_done_and_are_called_back_by_name(quick: World) -> None:
    quick.script({"lead": [lead] * 30, "researcher": [researcher] * 30})
    assert (await quick.request("Request one.", "run_1")).status == "done"
    rested = [(s.agent, s.reason) for s in quick.of(AgentStatusChanged) if s.status == "stopped"]
    assert rested == [("researcher", RETIRED)]
    assert quick.team.roster.agents["researcher"].history.entries
    assert [a.name for a in quick.team.roster.living()] == ["lead"]
    assert (await quick.request("Request two.", "run_2")).status == "done"
    assert [s.agent for s in quick.of(AgentSpawned)] == ["lead", "researcher", "researcher"]
    entries = quick.team.roster.agents["researcher"].history.entries
    assert [e.kind for e in entries if isinstance(e, UserEntry)].count("recalled") == 1
    assert [task.status for task in quick.team.tasks.all()] == ["completed", "completed"]


async def test_those_who_rest_stay_at_rest_after_a_restart_and_can_be_called_back(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnModel()) as world:
        world.script({"lead": [lead] * 30, "researcher": [researcher] * 30})
        await world.request("Request one.", "run_1")
    async with opened(tmp_path, OwnModel()) as again:
        assert list(again.team.roster.agents) == ["lead"]
        agent = await again.team.seats.start(AgentSpec(role="researcher", run="run_2"))
        await again.until(lambda: agent.state.status == "idle")
        assert agent.name == "researcher"
        assert len(agent.history.entries) > 1


async def test_a_name_that_somebody_has_is_refused(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.team.seats.start(AgentSpec(role="coder"))
    with pytest.raises(UsageError, match="taken"):
        await quick.team.seats.start(AgentSpec(role="coder", name="coder"))
    assert (await quick.team.seats.start(AgentSpec(role="coder"))).name == "coder-2"


async def test_the_lead_hears_that_a_specialist_was_stopped_and_does_not_wait_for_it(quick: World) -> None:
    quick.script(
        {
            "lead": [Reply(calls=[SPAWN]), Reply(calls=[ASSIGN]), "Waiting.", "It was stopped."],
            "researcher": [never],  # type: ignore[list-item]
        }
    )
    await quick.begin()
    await quick.until(lambda: any(r.agent == "researcher" for r in quick.server.requests))
    await quick.until(lambda: quick.team.roster.agents["lead"].state.status == "idle")
    await quick.team.levers.stop_agent("researcher")
    outcome = await quick.team.outcome("run_1")
    assert (outcome.status, outcome.answer) == ("done", "It was stopped.")
    assert quick.team.tasks.get("T1").status == "failed"


async def never(request: ScriptRequest) -> str:
    await asyncio.Event().wait()
    return ""


async def test_a_scheduled_message_is_read_when_it_is_due_also_after_a_restart(tmp_path: Path) -> None:
    clock = JumpingClock()
    async with opened(tmp_path, OwnModel(), clock) as world:
        world.script({"lead": ["Hello."]})
        await world.request()
        await world.team.levers.schedule("lead", "Look again.", clock.now() + 3600)
        await world.team.levers.schedule("lead", "Tomorrow.", clock.now() + 86_400)
        with pytest.raises(UsageError, match="cannot be scheduled"):
            await world.team.levers.schedule("lead", "Before.", clock.now() - 1)
        assert not world.team.roster.agents["lead"].inbox.ready()
    async with opened(tmp_path, OwnModel(), clock) as again:
        again.script({"lead": ["", "Looked."]})
        await clock.until_sleeping(2)
        clock.jump(3601)
        box = again.team.roster.agents["lead"].inbox
        await again.until(lambda: again.of(MessageConsumed) and len(box) == 1)
        assert [envelope.text for envelope in box.waiting()] == ["Tomorrow."]
        await again.until(lambda: again.team.roster.agents["lead"].state.status == "idle")
        assert "Look again." in str(again.server.requests[-1].messages)
