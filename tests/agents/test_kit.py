"""What agents are given and ask for: sound defaults, and a team that answers every question of the port."""

from __future__ import annotations

from loomkin_jupyter.agents.kit import AgentSpec, TeamPort, TurnEnd, no_text
from tests.agents.conftest import World


def test_defaults_say_nothing() -> None:
    assert no_text() == ""
    assert AgentSpec(role="coder") == AgentSpec(role="coder", name="", model="", lead=False)
    assert TurnEnd(status="answered").reason == ""


async def test_the_team_is_a_team_port(quick: World) -> None:
    wanted = {name for name in vars(TeamPort) if not name.startswith("_")}
    assert wanted <= set(dir(quick.team.own_team))
    assert quick.kit.roles["lead"].name == "lead"
    assert quick.kit.cell_of("run_1") == quick.kit.decisions("run_1") == ""
