"""What is wrong with an answer as a whole."""

from __future__ import annotations

import pytest

from loomkin_jupyter.agents.corrections import find_problem, with_own_ids
from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.ports import ModelAnswer

CALL = ToolCall("a", "shell", "{}")


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (ModelAnswer(text=" "), "empty"),
        (ModelAnswer(text="half", finish="length"), "cut"),
        (ModelAnswer(text="", calls=(CALL,), finish="length"), "cut"),
        (ModelAnswer(text="", calls=(CALL, CALL)), "duplicate_id"),
        (ModelAnswer(text="", calls=(ToolCall("", "shell", "{}"),)), "missing_id"),
        (ModelAnswer(text="", calls=(ToolCall("a", " ", "{}"),)), "missing_name"),
    ],
)
def test_what_is_wrong_is_named(answer: ModelAnswer, name: str) -> None:
    problem = find_problem(answer)
    assert problem is not None
    assert problem.name == name


def test_text_is_no_end_while_a_task_is_open() -> None:
    assert find_problem(ModelAnswer(text="I did it.")) is None
    problem = find_problem(ModelAnswer(text="I did it."), due="T3")
    assert problem is not None
    assert "T3" in problem.text


def test_calls_get_ids_of_ours() -> None:
    first, second = with_own_ids([CALL, CALL])
    assert first.id != second.id != CALL.id
    assert (first.name, first.arguments) == (CALL.name, CALL.arguments)
