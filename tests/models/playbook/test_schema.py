"""The shape of a playbook: short forms written out, steps found by name or role, unknown fields refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from loomkin_jupyter.models.playbook.schema import CallSpec, Playbook, Step, Wait


def step(**fields: Any) -> Step:
    return msgspec.convert(fields, Step)


def test_the_short_forms_are_written_out() -> None:
    made = step(
        call="shell",
        calls=[{"call": "ls", "id": "l"}],
        decide=[{"id": "d", "title": "x"}],
        **{"with": {"command": "a"}},
    )
    assert made.specs() == [
        CallSpec("shell", {"command": "a"}),
        CallSpec("ls", {}, "l"),
        CallSpec("decision_log", {"title": "x"}, "d"),
    ]
    assert step(say="hi").specs() == []


def test_one_wait_or_several() -> None:
    assert step().waits() == []
    assert step(wait={"from": "bob"}).waits() == [Wait("bob")]
    assert step(wait=[{"kind": "task"}, {}]).waits() == [Wait(kind="task"), Wait()]


def test_steps_are_found_by_name_then_role_then_name_without_number() -> None:
    book = msgspec.convert(
        {"playbook": "b", "title": "B", "agents": {"coder": [{"say": "c"}], "coder-2": [{"say": "two"}], "scout": []}},
        Playbook,
    )
    for agent, role, said in (("coder-2", "coder", "two"), ("coder-3", "x", "c"), ("zoe", "coder", "c")):
        assert [s.say for s in book.steps_of(agent, role) or []] == [said]
    assert book.steps_of("scout", "coder") == []
    assert book.steps_of("zoe", "lead") is None


@pytest.mark.parametrize(
    "fields", [{"cal": "x"}, {"most": "many"}, {"wait": {"form": "bob"}}, {"extract": {"a": {"as": "set"}}}]
)
def test_what_is_no_step_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        step(**fields)
