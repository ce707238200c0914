"""Histories: what is open, what is final, what ends a turn; the list and the store never part."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.agents.history import TURN_ENDS, History, is_final
from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.store.store import Store

ASKED = UserEntry(id="u", text="do it", run="run_1")
CALLED = AssistantEntry(id="a", text="", calls=(ToolCall("c1", "shell", "{}"), ToolCall("c2", "shell", "{}")))
RESULT = ToolEntry(id="t", call_id="c1", name="shell", text="ok")
ANSWER = AssistantEntry(id="f", text="Done.", run="run_1")


@pytest.fixture
def history(store: Store) -> History:
    return History(store, "main", "ada")


async def test_what_was_added_is_found_again(store: Store, history: History) -> None:
    await history.add(ASKED, CALLED, RESULT)
    again = History(store, "main", "ada")
    await again.load()
    assert list(again.entries) == [ASKED, CALLED, RESULT]
    assert [call.id for _, call in again.open_calls()] == ["c2"]


@pytest.mark.parametrize(
    ("entries", "unfinished", "answers"),
    [
        ([], False, 0),
        ([ASKED], True, 0),
        ([ASKED, CALLED, RESULT], True, 1),
        ([ASKED, CALLED, RESULT, ANSWER], False, 0),
        *[([ASKED, CALLED, UserEntry(id="e", text="over", kind=kind)], False, 0) for kind in sorted(TURN_ENDS)],
    ],
)
async def test_whether_something_is_due(history: History, entries: list[Entry], unfinished: bool, answers: int) -> None:
    await history.add(*entries)
    assert history.unfinished() is unfinished
    assert history.answers_in_turn() == answers


async def test_a_final_answer_belongs_to_its_run_and_only_while_nothing_follows(history: History) -> None:
    await history.add(ASKED, ANSWER)
    assert history.final_answer("run_1") == ANSWER
    assert history.final_answer("run_2") is None
    await history.add(UserEntry(id="u2", text="and?"))
    assert history.final_answer("run_1") is None


def test_a_cut_or_empty_answer_is_not_final() -> None:
    assert is_final(ANSWER)
    assert not is_final(AssistantEntry(id="x", text="half", finish="length"))
    assert not is_final(AssistantEntry(id="x", text=" "))
    assert not is_final(CALLED)


async def test_a_cancelled_commit_leaves_list_and_store_the_same(store: Store, history: History) -> None:
    task = asyncio.ensure_future(history.add(ASKED))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = History(store, "main", "ada")
    await again.load()
    assert list(again.entries) == list(history.entries)
