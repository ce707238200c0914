"""One agent: it fails plainly, survives crashes and a broken store, and says how a turn ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import ModelFailed, StoreError
from loomkin_jupyter.core.messages import UserEntry
from loomkin_jupyter.core.signals import AgentRestarted, AgentStatusChanged, ErrorReported, MessageSent
from loomkin_jupyter.testing.script import Reply
from tests.agents.conftest import World


async def test_a_model_that_fails_ends_the_turn_with_a_notice(quick: World) -> None:
    quick.script({"lead": [lambda request: ModelFailed("auth", "No key.", "Set one.")]})  # type: ignore[dict-item, return-value]
    assert (await quick.request()).status == "failed"
    (report,) = quick.of(ErrorReported)
    assert (report.message, report.remedy) == ("No key.", "Set one.")
    last = quick.team.roster.agents["lead"].history.entries[-1]
    assert isinstance(last, UserEntry) and last.kind == "turn_failed"


async def test_one_that_crashes_too_often_is_failed_and_lead_and_user_are_told(quick: World) -> None:
    quick.script({"lead": ["Done without it."]})
    await quick.team.seats.start(AgentSpec(role="lead"))
    coder = await quick.team.seats.start(AgentSpec(role="coder", run="run_1"))

    async def crash(*args: object, **options: object) -> object:
        raise RuntimeError("a defect")

    coder.inbox.drain = crash  # type: ignore[method-assign, assignment]
    await quick.team.tasks.create_and_assign(
        quick.team.roster.agents["lead"].caller("call_1"), "Build", "Build it.", "coder"
    )
    await quick.until(lambda: any(s.agent == "coder" and s.status == "failed" for s in quick.of(AgentStatusChanged)))
    await quick.until(lambda: any(s.to == "lead" and "assign them anew" in s.text for s in quick.of(MessageSent)))
    assert len(quick.of(AgentRestarted)) == 3
    assert any("crashed too often" in report.message for report in quick.of(ErrorReported))
    assert quick.team.tasks.get("T1").status == "failed"


async def test_a_store_that_fails_stops_the_team_and_says_so_until_it_is_resumed(quick: World) -> None:
    quick.script({"lead": [Reply(calls=[("directory_list", {"path": "."})]), "Went on."]})
    await quick.team.seats.start(AgentSpec(role="lead"))
    works, broken = quick.store.transact, list[int]()

    async def full(work: Callable[[Any], Any]) -> Any:
        if quick.server.requests and len(broken) < 1_000:
            broken.append(1)
            raise StoreError("The disk is full.", "Free some space.")
        return await works(work)

    quick.store.transact = full  # type: ignore[method-assign]
    await quick.begin()
    await quick.until(lambda: quick.of(ErrorReported))
    (report,) = quick.of(ErrorReported)
    assert "stands still" in report.message
    assert "resume" in report.remedy
    assert quick.team.roster.agents["lead"].steering.pausing
    quick.store.transact = works  # type: ignore[method-assign]
    await quick.team.levers.resume("lead")
    outcome = await quick.team.outcome("run_1")
    assert (outcome.status, outcome.answer) == ("done", "Went on.")
