"""Doubt reaches those whose decisions rest on it, once, together with the change that raised it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.core.signals import DoubtSpread
from loomkin_jupyter.store import inbox
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.testing.script import Reply
from tests.agents.conftest import World, opened
from tests.agents.model import OwnModel


async def rest_on_one_another(world: World) -> None:
    """Start a paused lead with two decisions, the second resting on the first."""
    await world.team.seats.start(AgentSpec(role="lead"))
    await world.team.levers.pause("lead")
    graph = world.kit.services.graph
    who = world.team.roster.agents["lead"].caller("call_1")
    first = await graph.log("decision", "Use the mean", confidence=90, caller=who)
    await graph.log("decision", "Report the mean", confidence=90, parent=first.handle, edge="enables", caller=who)


def told(world: World) -> list[str]:
    return [envelope.text for envelope in world.team.roster.agents["lead"].inbox.waiting()]


async def test_doubt_is_told_with_titles_and_path(quick: World) -> None:
    await rest_on_one_another(quick)
    await quick.kit.services.graph.revise("D1", 20, "outliers", by="user")
    (text,) = told(quick)
    assert "D1 (Use the mean)" in text
    assert "D2 (Report the mean)" in text


async def test_an_agent_reads_of_the_doubt_it_raised_in_the_same_turn(quick: World) -> None:
    first = {"node_type": "decision", "title": "Join on tails", "confidence": 90}
    needed = {"node_type": "decision", "title": "Tails are unique", "confidence": 30, "parent_id": "D1"}
    calls = [("decision_log", first)], [("decision_log", {**needed, "edge_type": "requires"})]
    quick.script({"lead": [*(Reply(calls=each) for each in calls), "Noted.", "A turn too many."]})
    outcome = await quick.request()
    assert outcome.answer == "Noted."
    assert isinstance(quick.server, OwnModel)
    assert "D1 (Join on tails), by D2 → D1" in str(quick.server.requests[-1].messages[-1])


async def test_the_notice_is_taken_back_with_its_doubt(quick: World) -> None:
    await rest_on_one_another(quick)

    def refuse(tx: Tx) -> None:
        raise RuntimeError("the disk is full")

    quick.kit.services.graph.witnesses.append(refuse)
    with pytest.raises(RuntimeError, match="the disk is full"):
        await quick.kit.services.graph.revise("D1", 20, "outliers", by="user")
    assert not told(quick) and not quick.of(DoubtSpread)
    assert await quick.store.read(lambda conn: inbox.waiting(conn, "main")) == []


async def test_a_namesake_in_another_team_is_not_told(quick: World) -> None:
    await rest_on_one_another(quick)
    other = Caller(team="other", agent="lead", role="lead", run="run_2", call="call_2")
    graph = quick.kit.services.graph
    third = await graph.log("decision", "Theirs", confidence=90, caller=other)
    await graph.log("decision", "Rests on theirs", confidence=90, parent=third.handle, edge="enables", caller=other)
    await graph.revise(third.handle, 20, "outliers", by="user")
    assert quick.of(DoubtSpread) and not told(quick)


async def test_what_was_told_waits_after_a_restart_once(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnModel()) as world:
        await rest_on_one_another(world)
        await world.kit.services.graph.revise("D1", 20, "outliers", by="user")
    for _ in range(2):
        async with opened(tmp_path, OwnModel()) as again:
            assert len(told(again)) == 1
