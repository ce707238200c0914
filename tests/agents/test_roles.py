"""Roles: what each may call, and that the refusal holds when the model names the tool anyway."""

from __future__ import annotations

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.agents.roles import BUILT_IN, find_role, free_name, orchestrating
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.tools.registry import Registry
from tests.agents.conftest import World

DENIED = {
    "concierge": ["file_write", "shell", "kernel_eval", "cell_propose"],
    "researcher": ["file_write", "file_edit", "shell", "kernel_eval", "cell_propose", "team_spawn"],
    "coder": ["kernel_eval", "team_spawn", "team_assign"],
    "reviewer": ["file_write", "shell", "python_run", "kernel_eval", "team_spawn"],
    "tester": ["kernel_eval", "cell_propose", "team_spawn"],
    "analyst": ["file_write", "file_edit", "shell", "team_spawn"],
}


def test_names_are_the_roles_and_then_numbered() -> None:
    assert free_name("coder", []) == "coder"
    assert free_name("coder", ["coder", "coder-2"]) == "coder-3"


def test_an_unknown_role_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean coder"):
        find_role("codr", dict(BUILT_IN))


def test_an_orchestrating_lead_keeps_reading_and_loses_doing() -> None:
    lead = orchestrating(BUILT_IN["lead"])
    assert "coordinate" in lead.abilities
    assert not lead.abilities & {"write", "execute", "kernel", "cells"}
    names = {spec.name for spec in Registry.load().for_role("lead", orchestrating=True)}
    assert not names & {"file_write", "shell", "kernel_eval", "cell_propose"}
    assert {"team_assign", "file_read"} <= names


@pytest.mark.parametrize("role", sorted(BUILT_IN))
def test_every_role_can_talk_and_finish_its_task(role: str) -> None:
    names = {spec.name for spec in Registry.load().for_role(role)}
    assert {"peer_message", "peer_complete_task", "decision_log", "context_retrieve"} <= names


@pytest.mark.parametrize("role", sorted(DENIED))
async def test_a_tool_of_another_role_is_refused_even_when_named(world: World, role: str) -> None:
    await world.team.seats.start(AgentSpec(role="lead"))
    agent = await world.team.seats.start(AgentSpec(role=role))
    for tool in DENIED[role]:
        context = world.team.own_team.tool_context(agent.name, agent.caller("call_1"))
        result = await world.kit.toolbox.call(context, ToolCall("call_1", tool, "{}"))
        assert result.status == "refused", f"{role} may call {tool}: {result.text}"
