"""Questions to people: the first answer wins, nobody and silence are no, an id is kept over a restart."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.core.signals import QuestionAnswered, QuestionAsked, Signal
from loomkin_jupyter.store import questions as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.testing.clock import JumpingClock
from loomkin_jupyter.workspace.questions import Questions

YES = Answer(choice="allow_once")


def permission(call: str = "call_1", **other: Any) -> Question:
    """A permission question of the lead."""
    asked = {
        "kind": "permission",
        "title": "Run ls?",
        "agent": "lead",
        "team": "main",
        "run": "run_1",
        "timeout_s": None,
    }
    return msgspec.convert({**asked, "call": call, "tool": "shell", **other}, Question)


async def until_open(questions: Questions, count: int = 1) -> str:
    """Wait until so many questions are open; return the first one's handle."""
    async with asyncio.timeout(60):
        while len(questions.open()) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return questions.open()[0][0]


@pytest.fixture
def questions(store: Store) -> Questions:
    """Questions that somebody can answer."""
    return Questions(store, SYSTEM_CLOCK, lambda: True)


async def test_the_first_answer_wins_and_the_second_is_refused(questions: Questions):
    asking = asyncio.ensure_future(questions.ask(permission()))
    handle = await until_open(questions)
    assert handle == "Q1"
    replies = await asyncio.gather(
        questions.answer("q1", YES), questions.answer("Q1", Answer(choice="deny")), return_exceptions=True
    )
    assert [type(reply).__name__ for reply in replies] == ["str", "LoomkinError"]
    assert (await asking).choice == "allow_once"


async def test_unknown_ids_and_wrong_choices_are_refused_with_a_remedy(questions: Questions):
    asking = asyncio.ensure_future(questions.ask(permission(scopes=("tool: shell",))))
    handle = await until_open(questions)
    for question, answer in [
        ("Q99", YES),
        ("", YES),
        (handle, Answer(choice="perhaps")),
        (handle, Answer(choice="always")),
        (handle, Answer(choice="always", scope="everything")),
    ]:
        with pytest.raises(LoomkinError) as failed:
            await questions.answer(question, answer)
        assert failed.value.remedy
    assert not asking.done()
    await questions.answer(handle, Answer(choice="always", scope="tool: shell"))
    assert (await asking).allowed


async def test_a_question_for_words_is_not_answered_with_yes(questions: Questions):
    asking = asyncio.ensure_future(questions.ask(permission(kind="question", options=("red", "blue"))))
    handle = await until_open(questions)
    for choice in ("allow_once", " "):
        with pytest.raises(LoomkinError, match="in words"):
            await questions.answer(handle, Answer(choice=choice))
    await questions.answer(handle, Answer(choice="neither"))
    assert (await asking).choice == "neither"


async def test_nobody_there_is_no_at_once_with_a_remedy_and_both_are_recorded(store: Store):
    answer = await Questions(store, SYSTEM_CLOCK, lambda: False).ask(permission())
    assert (answer.choice, answer.by) == ("deny", "nobody")
    assert "--trust" in answer.reason
    kept = await store.read(lambda conn: rows.get(conn, "Q1"))
    assert kept is not None
    assert kept.answer is not None


async def test_silence_is_no(store: Store):
    clock = JumpingClock()
    questions = Questions(store, clock, lambda: True)
    asking = asyncio.ensure_future(questions.ask(permission(timeout_s=300.0)))
    await until_open(questions)
    await clock.until_sleeping()
    clock.jump(301)
    answer = await asking
    assert (answer.choice, answer.by) == ("deny", "timeout")
    assert "5 minutes" in answer.reason
    assert questions.statistics() == {"open": 0, "waiting": 0}


async def test_the_same_question_is_asked_once(questions: Questions):
    askers = [asyncio.ensure_future(questions.ask(permission())) for _ in range(3)]
    other = asyncio.ensure_future(questions.ask(permission("call_2")))
    handle = await until_open(questions, 2)
    await questions.answer(handle, YES)
    assert [answer.choice for answer in await asyncio.gather(*askers)] == ["allow_once"] * 3
    assert not other.done()
    await questions.close_all(agent="lead")
    assert (await other).by == "stop"


async def test_asking_again_after_a_restart_keeps_id_and_handle(store: Store):
    before = Questions(store, SYSTEM_CLOCK, lambda: True)
    gone = asyncio.ensure_future(before.ask(permission("call_1")))
    await until_open(before)
    first = await store.read(rows.open_questions)
    after = Questions(store, SYSTEM_CLOCK, lambda: True)
    asking = asyncio.ensure_future(after.ask(permission("call_2")))
    assert await until_open(after) == "Q1"
    assert [kept.id for kept in await store.read(rows.open_questions)] == [first[0].id]
    await after.answer("Q1", YES)
    assert (await asking).allowed
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)


async def test_the_end_of_a_run_closes_what_an_earlier_process_asked(store: Store):
    await store.transact(lambda tx: rows.add(tx, "question_old", tx.handle("Q"), permission()))
    questions = Questions(store, SYSTEM_CLOCK, lambda: True)
    await questions.close_all(run="run_2")
    assert len(await store.read(rows.open_questions)) == 1
    await questions.close_all(run="run_1")
    assert await store.read(rows.open_questions) == []


async def test_an_asker_that_is_stopped_leaves_no_question_open(questions: Questions, store: Store):
    asking = asyncio.ensure_future(questions.ask(permission()))
    await until_open(questions)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert questions.open() == []
    assert await store.read(rows.open_questions) == []


async def test_an_asker_that_is_stopped_while_it_is_published_leaves_none_either(questions: Questions, store: Store):
    for turns in range(6):
        asking = asyncio.ensure_future(questions.ask(permission(f"call_{turns}", title=f"Run {turns}?")))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await store.flush()
    assert questions.open() == []
    assert await store.read(rows.open_questions) == []


async def test_question_and_answer_are_signals_in_order(store: Store):
    signals: list[Signal] = []
    store.deliver_to(asyncio.get_running_loop(), signals.extend)
    questions = Questions(store, SYSTEM_CLOCK, lambda: True)
    asking = asyncio.ensure_future(questions.ask(permission()))
    await questions.answer(await until_open(questions), Answer(choice="deny", reason="not now", where="panel"))
    await asking
    asked, answered = [x for x in signals if isinstance(x, QuestionAsked | QuestionAnswered)]
    assert isinstance(asked, QuestionAsked)
    assert isinstance(answered, QuestionAnswered)
    assert (asked.handle, answered.handle, answered.reason, answered.where) == ("Q1", "Q1", "not now", "panel")


async def test_the_same_call_keeps_its_question_also_when_its_words_changed(store: Store):
    await store.transact(lambda tx: rows.add(tx, "question_old", tx.handle("Q"), permission(detail="- old")))
    questions = Questions(store, SYSTEM_CLOCK, lambda: True)
    asking = asyncio.ensure_future(questions.ask(permission(detail="- new")))
    assert await until_open(questions) == "Q1"
    await questions.answer("Q1", YES)
    assert (await asking).allowed and not await store.read(rows.open_questions)


async def test_an_answer_to_a_question_of_a_dead_process_names_the_way_or_waits_until_it_is_asked_again(store: Store):
    await store.transact(lambda tx: rows.add(tx, "question_old", tx.handle("Q"), permission()))
    questions = Questions(store, SYSTEM_CLOCK, lambda: True)
    with pytest.raises(LoomkinError, match="nobody waits for it now") as failed:
        await questions.answer("q1", YES)
    assert "resume" in failed.value.remedy
    questions.expect("run_1")
    answering = asyncio.ensure_future(questions.answer("Q1", YES))
    await asyncio.sleep(0)
    assert (await questions.ask(permission())).allowed
    assert await answering == "Q1"
