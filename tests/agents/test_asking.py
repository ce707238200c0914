"""One model call: its bill whatever becomes of it, and a history that is too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.core.ports import ModelEvent, Retrying, TextDelta
from loomkin_jupyter.core.signals import CallMetered, ContextOffloaded, RequestSent
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing.script import ScriptRequest
from tests.agents.conftest import World


async def test_a_failed_call_bills_the_attempts_that_broke_off(quick: World) -> None:
    failed = ModelFailed("unavailable", "It hung up.")
    failed.wasted = ((Usage(input=50, output=7), 12_000), (Usage(input=50, output=9), 14_000))
    quick.script({"lead": [lambda request: failed]})  # type: ignore[dict-item, return-value]
    assert (await quick.request()).status == "failed"
    bills = quick.of(CallMetered)
    assert [(b.cost_nano, b.estimated, b.purpose) for b in bills] == [
        (12_000, True, "wasted"),
        (14_000, True, "wasted"),
    ]
    assert (await quick.kit.budget.spent("run_1"))[0] == 26_000
    assert quick.kit.budget.statistics()["reservations"] == 0


async def test_a_call_that_failed_before_anything_was_paid_has_no_bill(quick: World) -> None:
    quick.script({"lead": [lambda request: ModelFailed("auth", "No key.")]})  # type: ignore[dict-item, return-value]
    await quick.request()
    assert not quick.of(CallMetered)
    assert quick.kit.budget.statistics()["reservations"] == 0


async def test_a_cancelled_call_is_billed_by_estimate_with_its_broken_attempts(quick: World) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def streams(request: ScriptRequest) -> AsyncGenerator[ModelEvent]:
        yield TextDelta("x" * 400)
        yield Retrying(1, 0.0, "hung up")
        yield TextDelta("y" * 80)
        begun.set()
        await never.wait()

    quick.script({"lead": [streams]})  # type: ignore[list-item]
    await quick.begin()
    await asyncio.wait_for(begun.wait(), 60)
    await quick.team.stop_run("run_1")
    bills = quick.of(CallMetered)
    assert [b.usage.output for b in bills] == [100, 20]
    assert all(b.estimated and b.purpose == "cancelled" and b.cost_nano for b in bills)


async def test_a_history_too_long_is_offloaded_further_and_asked_once_more(quick: World) -> None:
    quick.script({"lead": ["First answer, and a long one. " * 200]})
    await quick.request("Say much. " * 200)
    refused = list[int]()

    def once(request: ScriptRequest) -> str:
        if not refused:
            refused.append(1)
            return ModelFailed("context_too_long", "Too long.")  # type: ignore[return-value]
        return "Fits now."

    quick.script({"lead": [once] * 4})
    outcome = await quick.request("Again.", "run_2")
    assert (outcome.status, outcome.answer) == ("done", "Fits now.")
    assert quick.of(ContextOffloaded)
    assert len(quick.of(RequestSent)) == 3


async def test_too_long_twice_fails_the_run(quick: World) -> None:
    quick.script({"lead": [lambda request: ModelFailed("context_too_long", "Too long.")] * 9})  # type: ignore[dict-item, return-value]
    outcome = await quick.request()
    assert outcome.status == "failed"
    assert len(quick.of(RequestSent)) == 2
