"""The loop end to end: a scripted model behind a real endpoint, real tools, real store."""

from __future__ import annotations

import asyncio
import threading

from loomkin_jupyter.core.messages import AssistantEntry, ToolEntry, UserEntry
from loomkin_jupyter.core.signals import (
    AgentStatusChanged,
    AnswerCorrected,
    AnswerReceived,
    BudgetReached,
    CallMetered,
    GuardTripped,
    MessageConsumed,
    RequestSent,
    ToolFinished,
    ToolStarted,
)
from loomkin_jupyter.testing.script import Call, Reply
from tests.agents.conftest import World


async def test_a_simple_answer_ends_the_run(world: World) -> None:
    world.script({"lead": ["Forty-two."]})
    outcome = await world.request("What is six times seven?")
    assert (outcome.status, outcome.answer) == ("done", "Forty-two.")
    assert world.outcomes == [outcome]
    (sent,), (bill,), (answer,) = world.of(RequestSent), world.of(CallMetered), world.of(AnswerReceived)
    assert sent.call == bill.call == answer.call
    assert "What is six times seven?" in sent.messages
    assert world.of(MessageConsumed)
    assert world.team.roster.agents["lead"].state.status == "idle"
    nano, usage = await world.kit.budget.spent("run_1")
    assert usage == bill.usage
    assert nano == bill.cost_nano


async def test_tools_run_and_their_results_reach_the_model(world: World) -> None:
    (world.root / "a.txt").write_text("alpha")
    world.script(
        {
            "lead": [
                Reply(calls=[("file_read", {"file_path": "a.txt"}), ("directory_list", {"path": "."})]),
                lambda request: f"It says {request.results[0][1]}",
            ]
        }
    )
    outcome = await world.request()
    assert "alpha" in outcome.answer
    assert [signal.tool for signal in world.of(ToolStarted)] == ["file_read", "directory_list"]
    assert {signal.status for signal in world.of(ToolFinished)} == {"ok"}


async def test_secrets_do_not_stand_in_what_was_sent(world: World) -> None:
    world.script({"lead": ["ok, done"]})
    await world.request("Use a-very-secret-value please")
    assert "a-very-secret-value" not in world.of(RequestSent)[0].messages


async def test_malformed_calls_are_corrected_and_the_turn_goes_on(world: World) -> None:
    world.script(
        {
            "lead": [
                Reply(calls=[("no_such_tool", {})]),
                Reply(calls=[("file_read", "{not json")]),
                Reply(calls=[("directory_list", {"path": "."})]),
                Reply(
                    calls=[Call("directory_list", {"path": "."}, id="x"), Call("directory_list", {"path": "."}, id="x")]
                ),
                "Fine.",
            ]
        }
    )
    outcome = await world.request()
    assert outcome.status == "done"
    assert [(c.problem, c.count) for c in world.of(AnswerCorrected)] == [("call", 1), ("call", 2), ("duplicate_id", 1)]


async def test_three_malformed_answers_in_a_row_end_the_run_as_failed(world: World) -> None:
    world.script({"lead": [Reply(calls=[("no_such_tool", {})])] * 9})
    outcome = await world.request()
    assert outcome.status == "failed"
    assert "3 malformed answers in a row" in outcome.reason
    assert world.of(GuardTripped)[-1].guard == "malformed"


async def test_empty_and_cut_answers_are_corrected(world: World) -> None:
    world.script(
        {
            "lead": [
                # An empty answer is no message of the next request, so this step comes twice.
                lambda request: (
                    Reply("half an ans", finish="length") if "was empty" in str(request.messages) else Reply("")
                ),
                "Whole.",
            ]
        }
    )
    outcome = await world.request()
    assert outcome.answer == "Whole."
    assert [c.problem for c in world.of(AnswerCorrected)] == ["empty", "cut"]


async def test_the_same_call_again_and_again_is_warned_of_and_stopped(world: World) -> None:
    world.script({"lead": [Reply(calls=[("directory_list", {"path": "."})])] * 20})
    outcome = await world.request()
    assert outcome.status == "failed"
    assert [(g.guard, g.action) for g in world.of(GuardTripped)] == [("repeated", "warn"), ("repeated", "stop")]
    assert "directory_list (4×)" in outcome.reason


async def test_the_iteration_cap_ends_a_turn(world: World) -> None:
    world.settings["agents.iterations"] = 3
    world.script({"lead": [Reply(calls=[("content_search", {"pattern": f"p{number}"})]) for number in range(20)]})
    outcome = await world.request()
    assert outcome.status == "failed"
    assert "used all 3 steps" in outcome.reason


async def test_a_refused_key_fails_the_run_with_the_providers_words(world: World) -> None:
    world.script({"lead": [Reply(status=401, text="Incorrect API key provided")] * 5})
    outcome = await world.request()
    assert outcome.status == "failed"
    assert "key" in outcome.reason.lower()


async def test_a_limit_ends_the_run_before_the_call(world: World) -> None:
    await world.kit.budget.open_run("run_1", usd=0.000001)
    world.script({"lead": ["never asked"]})
    before = len(world.server.requests)
    outcome = await world.request()
    assert outcome.status == "limit"
    assert len(world.server.requests) == before
    assert world.of(BudgetReached)


async def test_steering_reaches_a_running_agent_before_its_next_call(world: World) -> None:
    first = threading.Event()
    world.script(
        {
            "lead": [
                Reply(calls=[("directory_list", {"path": "."})], hold=first),
                lambda request: "steered" if "Look at b instead" in str(request.messages) else "not steered",
            ]
        }
    )
    await world.begin()
    await _until(world, lambda: bool(world.of(RequestSent)))
    await world.team.levers.steer("lead", "Look at b instead")
    first.set()
    outcome = await world.team.outcome("run_1")
    assert outcome.answer == "steered"
    assert world.of(ToolFinished)[0].status == "cancelled"


async def test_stop_cancels_the_model_call(world: World) -> None:
    held = threading.Event()
    world.script({"lead": [Reply("late", hold=held)]})
    await world.begin()
    await _until(world, lambda: bool(world.of(RequestSent)))
    await asyncio.wait_for(world.team.stop_run("run_1"), 30)
    held.set()
    outcome = await world.team.outcome("run_1")
    assert outcome.status == "stopped"
    assert world.team.roster.agents["lead"].state.status in ("idle", "working")
    assert world.of(CallMetered)[-1].purpose == "cancelled"


async def test_pause_holds_at_the_next_checkpoint_and_resume_goes_on_with_guidance(world: World) -> None:
    held = threading.Event()
    world.script({"lead": [Reply(calls=[("directory_list", {"path": "."})], hold=held), "Went on."]})
    await world.begin()
    await _until(world, lambda: bool(world.of(RequestSent)))
    await world.team.levers.pause("lead")
    held.set()
    await _until(world, lambda: any(s.status == "paused" for s in world.of(AgentStatusChanged)))
    await world.team.levers.resume("lead", "Carry on, shortly.")
    outcome = await world.team.outcome("run_1")
    assert outcome.status == "done"
    entries = world.team.roster.agents["lead"].history.entries
    assert any(isinstance(e, UserEntry) and "Carry on" in e.text for e in entries)


async def test_a_second_request_waits_for_the_first(world: World) -> None:
    held = threading.Event()
    world.script({"lead": [Reply("First.", hold=held), "Second."]})
    await world.begin("one", "run_1")
    await world.team.ask("run_2", "two")
    held.set()
    first, second = await world.team.outcome("run_1"), await world.team.outcome("run_2")
    assert (first.answer, second.answer) == ("First.", "Second.")


async def test_history_holds_every_call_with_its_result(world: World) -> None:
    world.script({"lead": [Reply(calls=[("directory_list", {"path": "."})] * 2), "Done it."]})
    await world.request()
    entries = world.team.roster.agents["lead"].history.entries
    calls = [call.id for e in entries if isinstance(e, AssistantEntry) for call in e.calls]
    assert sorted(calls) == sorted(e.call_id for e in entries if isinstance(e, ToolEntry))
    assert len(set(calls)) == 2


async def _until(world: World, holds: object, seconds: float = 60.0) -> None:
    """Wait for a condition on the signals, woken by each of them."""
    changed = asyncio.Event()
    listener = world.kit.bus.listen(lambda _: changed.set())
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # type: ignore[operator]
                changed.clear()
                await changed.wait()
    finally:
        listener.close()
