"""Doubt reaches those whose decisions rest on it: once, also when a kill came between the doubt and its messages."""

from __future__ import annotations

from pathlib import Path

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.signals import DoubtSpread, MessageSent
from tests.agents.conftest import World, opened
from tests.agents.model import OwnModel


async def rest_on_one_another(world: World) -> None:
    """Start a paused lead with two decisions, the second resting on the first."""
    await world.team.start_agent(AgentSpec(role="lead"))
    await world.team.pause("lead")
    graph = world.kit.services.graph
    who = world.team.roster.agents["lead"].caller("call_1")
    first = await graph.log("decision", "Use the mean", confidence=90, caller=who)
    await graph.log("decision", "Report the mean", confidence=90, parent=first.handle, edge="enables", caller=who)


def told(world: World) -> list[str]:
    return [envelope.text for envelope in world.team.roster.agents["lead"].inbox.waiting()]


async def test_doubt_is_told_with_titles_and_path(quick: World) -> None:
    await rest_on_one_another(quick)
    await quick.kit.services.graph.revise("D1", 20, "outliers", by="user")
    await quick.until(lambda: any("doubtful" in s.text for s in quick.of(MessageSent)))
    await quick.team.doubts.close()
    (text,) = told(quick)
    assert "D1 (Use the mean)" in text
    assert "D2 (Report the mean)" in text


async def test_a_kill_between_the_doubt_and_its_message_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnModel()) as world:
        await rest_on_one_another(world)
        await world.team.doubts.close()  # nobody tells: as if the process died after the commit
        await world.kit.services.graph.revise("D1", 20, "outliers", by="user")
        assert world.of(DoubtSpread) and not told(world)
    for _ in range(2):
        async with opened(tmp_path, OwnModel()) as again:
            assert len(told(again)) == 1
