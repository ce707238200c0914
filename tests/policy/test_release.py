"""The release gate: one question per run, no without a person, and an answer for the agent in each case."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.core.signals import PermissionDecided, Signal
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.release import Release, ReleaseGate
from loomkin_jupyter.policy.sharing import View
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.testing.person import Person


async def ask(gate: ReleaseGate, human: Any, *, run: str = "r1", level: Sharing = "stats", call: str = "c1") -> Release:
    return await gate.release(
        run=run, team="t", agent="ada", tool="kernel_eval", call=call, model="openai/x", sample="s" * 5_000,
        view=View(level), human=human,
    )  # fmt: skip


@pytest.mark.parametrize("level", ["sample", "full"])
async def test_levels_that_show_values_ask_nobody(store: Store, level: Sharing) -> None:
    person = Person("deny")
    assert (await ask(ReleaseGate(store), person, level=level)).allowed
    assert person.questions == []


@pytest.mark.parametrize("level", ["schema", "stats"])
async def test_a_yes_holds_for_its_run_only(store: Store, committed: list[Signal], level: Sharing) -> None:
    gate, person = ReleaseGate(store), Person("allow_run")
    for call in ("c1", "c2"):
        assert (await ask(gate, person, call=call, level=level)).allowed
    assert len(person.questions) == 1
    question = person.questions[0]
    assert (question.kind, question.options, question.reversible) == ("release", ("allow_run", "deny"), False)
    assert "openai/x" in question.title and len(question.detail) == 2_000
    await ask(gate, person, run="r2", level=level)
    gate.end_run("r1")
    await ask(gate, person, level=level)
    assert [q.run for q in person.questions] == ["r1", "r2", "r1"]
    await store.flush()
    decided = [signal for signal in committed if isinstance(signal, PermissionDecided)]
    assert [(s.call, s.allowed, s.rule) for s in decided][:2] == [
        ("c1", True, "release: allow_run by user"),
        ("c2", True, "release: allow_run by user"),
    ]


async def test_a_no_says_what_to_do_instead(store: Store) -> None:
    gate = ReleaseGate(store)
    refused = await ask(gate, Person(Answer(choice="deny", reason="names of people")))
    assert not refused.allowed
    assert "names of people" in refused.instead and "schemas and statistics" in refused.instead
    assert not (await ask(gate, Person("allow_run"))).allowed, "the answer holds for the run"
    alone = await ask(gate, Person(Answer(choice="deny", by="nobody")), run="r2")
    assert not alone.allowed and "--share sample" in alone.instead


async def test_silence_is_no_but_may_be_asked_again(store: Store) -> None:
    gate, person = ReleaseGate(store), Person(Answer(choice="deny", by="timeout"))
    assert not (await ask(gate, person)).allowed
    person.answer = Answer(choice="allow_run")
    assert (await ask(gate, person)).allowed
    assert len(person.questions) == 2


async def test_two_at_once_share_a_question_that_outlives_the_first(store: Store) -> None:
    gate, person = ReleaseGate(store), Person("allow_run", hold=True)
    first = asyncio.ensure_future(ask(gate, person, call="c1"))
    await person.asked.wait()
    second = asyncio.ensure_future(ask(gate, person, call="c2"))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    person.open.set()
    assert (await second).allowed
    assert len(person.questions) == 1


async def test_a_question_that_failed_is_asked_again(store: Store) -> None:
    class Broken:
        async def ask(self, question: Question) -> Answer:
            raise OSError("the store is gone")

    gate = ReleaseGate(store)
    with pytest.raises(OSError, match="the store is gone"):
        await ask(gate, Broken())
    assert (await ask(gate, Person("allow_run"))).allowed
