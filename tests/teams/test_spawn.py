"""Growing: what is wrong is the model's to mend, what costs too much is a person's to decide."""

from __future__ import annotations

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.ports import Answer, SpawnSpec
from tests.agents.conftest import World


async def test_mistakes_are_named(quick: World) -> None:
    lead = (await quick.team.seats.start(AgentSpec(role="lead", run="run_1"))).caller("call_1")
    spawn = quick.team.growth
    for roles, says in (
        ([], "empty"),
        ([SpawnSpec("codr")], "Did you mean coder"),
        ([SpawnSpec("lead")], "one lead"),
        ([SpawnSpec("coder", "user")], "taken"),
    ):
        with pytest.raises(ToolRetry, match=says):
            await spawn.spawn(lead, "crew", "build", roles)
    quick.settings["agents.most"] = 2
    with pytest.raises(ToolFailed, match="at most 2"):
        await spawn.spawn(lead, "crew", "build", [SpawnSpec("coder"), SpawnSpec("tester")])
    assert list(quick.team.roster.agents) == ["lead"]


async def test_within_the_budget_nobody_is_asked_and_beyond_it_a_person_is(quick: World) -> None:
    quick.settings["preset"] = "autonomous"
    lead = (await quick.team.seats.start(AgentSpec(role="lead", run="run_1"))).caller("call_1")
    assert await quick.team.growth.spawn(lead, "crew", "build", [SpawnSpec("coder")]) == ["coder"]
    assert not quick.person.questions
    assert "coder (coder)" in quick.team.growth.progress()
    await quick.kit.budget.open_run("run_1", usd=0.000001)
    quick.person.answer = Answer(choice="deny")
    with pytest.raises(ToolFailed, match="the user said no"):
        await quick.team.growth.spawn(lead, "crew", "build", [SpawnSpec("tester")])
    (question,) = quick.person.questions
    assert question.kind == "spawn"
    assert "tokens" in question.effect
