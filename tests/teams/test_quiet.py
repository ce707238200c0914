"""When a run is done: once, also when two things end it, and not before the store has it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.messages import UserEntry
from loomkin_jupyter.core.signals import MessageSent
from loomkin_jupyter.store import runs
from loomkin_jupyter.teams.quiet import MOST_NUDGES, RunOutcome
from loomkin_jupyter.testing.script import Reply
from tests.agents.conftest import World, opened
from tests.agents.model import OwnModel


async def test_a_run_ends_once(quick: World) -> None:
    quick.script({"lead": ["Done."]})
    await quick.request()
    stopped = RunOutcome(run="run_2", status="stopped")
    await asyncio.gather(quick.team.quiet.settle(stopped), quick.team.quiet.settle(stopped))
    assert [outcome.run for outcome in quick.outcomes] == ["run_1", "run_2"]
    assert (await quick.team.outcome("run_1")).answer == "Done."


async def test_open_tasks_are_nudged_and_then_the_run_fails_with_an_account(quick: World) -> None:
    quick.script({"lead": [Reply(calls=[("peer_create_task", {"title": "Left lying"})])]})
    outcome = await quick.request()
    assert outcome.status == "failed"
    assert "T1 Left lying (pending, nobody's)" in outcome.reason
    assert [s.kind for s in quick.of(MessageSent)].count("nudge") == MOST_NUDGES


async def test_a_request_behind_a_failed_lead_does_not_wait_for_ever(quick: World) -> None:
    quick.script({"lead": ["never"]})
    await quick.begin()
    await quick.team.outcome("run_1")
    await quick.team.levers.stop_agent("lead")
    await quick.team.ask("run_2", "Anybody?")
    async with asyncio.timeout(60):
        assert (await quick.team.outcome("run_2")).status == "failed"


async def with_ada(world: World) -> None:
    """Have a lead and ada, an idle coder."""
    await world.team.seats.start(AgentSpec(role="lead"))
    await world.team.seats.start(AgentSpec(role="coder", name="ada"))


async def test_a_request_to_an_agent_is_answered_by_her_and_the_lead_is_told_without_a_turn(quick: World) -> None:
    await with_ada(quick)
    quick.script({"lead": ["The lead."], "ada": [Reply(calls=[("directory_list", {"path": "."})]), "Ada here."]})
    await quick.team.ask("run_1", "Look, @ada", to=["ada"])
    outcome = await quick.team.outcome("run_1")
    assert (outcome.status, outcome.answer) == ("done", "Ada here.")
    lead = quick.team.roster.agents["lead"]
    assert lead.turns == 0
    (told,) = lead.inbox.waiting()
    assert "asked ada directly" in told.text
    assert {(m.to, m.kind, m.priority) for m in quick.of(MessageSent)} == {
        ("ada", "request", "high"), ("lead", "aside", "normal"),
    }  # fmt: skip
    await quick.team.ask("run_2", "And you?")
    assert (await quick.team.outcome("run_2")).answer == "The lead."
    said = [entry.text for entry in lead.history.entries[:2] if isinstance(entry, UserEntry)]
    assert "asked ada directly" in said[0]
    assert said[1] == "And you?"


async def test_several_who_were_asked_all_answer(quick: World) -> None:
    await with_ada(quick)
    await quick.team.seats.start(AgentSpec(role="tester", name="bob"))
    quick.script({"ada": ["Ada here."], "bob": ["Bob here."]})
    await quick.team.ask("run_1", "Who are you?", to=["ada", "bob"])
    assert (await quick.team.outcome("run_1")).answer == "ada: Ada here.\n\nbob: Bob here."


async def test_what_she_left_open_is_hers_and_her_failure_ends_the_run(quick: World) -> None:
    await with_ada(quick)
    quick.script({"ada": [Reply(calls=[("peer_create_task", {"title": "Left lying"})])]})
    await quick.team.ask("run_1", "Do it", to=["ada"])
    outcome = await quick.team.outcome("run_1")
    assert outcome.status == "failed"
    assert "T1 Left lying" in outcome.reason
    assert {m.to for m in quick.of(MessageSent) if m.kind == "nudge"} == {"ada"}
    await quick.team.levers.stop_agent("ada")
    await quick.team.ask("run_2", "Still there?", to=["ada"])
    outcome = await quick.team.outcome("run_2")
    assert (outcome.status, outcome.reason) == ("failed", "ada stopped and could not finish the request.")


async def test_requests_to_different_agents_take_their_turns_in_order(quick: World) -> None:
    await with_ada(quick)
    quick.script({"lead": ["First.", "Third."], "ada": ["Second."]})
    await quick.team.ask("run_1", "One")
    await quick.team.ask("run_2", "Two", to=["ada"])
    await quick.team.ask("run_3", "Three")
    async with asyncio.timeout(60):
        answers = [(await quick.team.outcome(f"run_{number}")).answer for number in (1, 2, 3)]
    assert answers == ["First.", "Second.", "Third."]
    assert [outcome.run for outcome in quick.outcomes] == ["run_1", "run_2", "run_3"]


async def test_a_request_to_an_agent_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path, OwnModel()) as world:
        await with_ada(world)
        await world.team.levers.pause("ada")
        await world.team.ask(
            "run_1",
            "Look",
            lambda tx: runs.begin(tx, runs.RunRecord(id="run_1", team="main", request="Look")),
            to=["ada"],
        )
    async with opened(tmp_path, OwnModel()) as again:
        again.script({"ada": ["Ada here."]})
        again.team.follow("run_1", ["ada"])
        await again.team.levers.resume("ada")
        async with asyncio.timeout(60):
            assert (await again.team.outcome("run_1")).answer == "Ada here."
