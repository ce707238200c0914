"""Levers: each does what it says to the agent it names, and refuses a name that nobody has."""

from __future__ import annotations

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import UsageError
from tests.agents.conftest import World


async def test_an_unknown_agent_is_refused_with_the_nearest(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    levers = quick.team.levers
    for pull in (
        levers.pause("leda"),
        levers.resume("leda"),
        levers.stop_turn("leda"),
        levers.stop_agent("leda"),
        levers.steer("leda", "x"),
        levers.schedule("leda", "x", 1.0),
    ):
        with pytest.raises(UsageError, match=r"no agent 'leda' in team main\. Did you mean lead"):
            await pull


async def test_guidance_given_with_the_resume_is_read_first(quick: World) -> None:
    quick.script({"lead": ["Blue it is."]})
    await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.until(lambda: not quick.team.roster.busy())
    assert await quick.team.levers.pause("lead") == "lead"
    await quick.begin("Choose a colour.")
    assert await quick.team.levers.resume("lead", "Take blue.") == "lead"
    assert (await quick.team.outcome("run_1")).status == "done"
    said = str(quick.server.requests[0].messages)
    assert said.index("Take blue.") < said.index("Choose a colour.")


async def test_guidance_without_a_name_goes_to_the_lead(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.until(lambda: not quick.team.roster.busy())
    await quick.team.levers.pause("lead")
    receipt = await quick.team.levers.steer("", "Look at b instead.")
    waiting = quick.team.roster.agents["lead"].inbox.waiting()
    assert [(e.text, e.kind, e.priority) for e in waiting] == [("Look at b instead.", "guidance", "urgent")]
    assert receipt.state


@pytest.mark.parametrize("due", [0.0, float("inf"), float("nan")])
async def test_a_moment_that_never_comes_is_refused(quick: World, due: float) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    with pytest.raises(UsageError, match="cannot be scheduled"):
        await quick.team.levers.schedule("lead", "Look again.", due)
