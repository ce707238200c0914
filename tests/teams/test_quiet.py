"""When a run is done: once, also when two things end it, and not before the store has it."""

from __future__ import annotations

import asyncio

from loomkin_jupyter.core.signals import MessageSent
from loomkin_jupyter.teams.quiet import MOST_NUDGES, RunOutcome
from loomkin_jupyter.testing.script import Reply
from tests.agents.conftest import World


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
