"""Asking the user, but not too often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loomkin_jupyter.core.ports import Answer
from loomkin_jupyter.testing.clock import JumpingClock
from loomkin_jupyter.tools.people import COOL_DOWN_S


async def test_an_answer_and_the_cool_down(make_bench: Callable[..., Any]) -> None:
    clock = JumpingClock()
    bench = await make_bench(clock=clock, answer="blue")
    assert "blue" in (await bench.run("ask_user", question="Which?", options=["red", "blue"])).text
    assert bench.person.questions[0].kind == "question" and bench.person.questions[0].options == ("red", "blue")
    assert (await bench.run("ask_user", question="Again?")).status == "failed"
    assert (await bench.run("ask_user", bench.agent("bob"), question="Me?")).status == "ok"
    clock.jump(COOL_DOWN_S + 1)
    assert (await bench.run("ask_user", question="Now?")).status == "ok"
    await bench.ctx.services.store.close()


async def test_nobody_and_nothing(bench: Any) -> None:
    bench.person.answer = Answer(choice="deny", by="nobody")
    assert "Decide yourself" in (await bench.run("ask_user", question="Which?")).text
    assert (await bench.run("ask_user", bench.agent("b"), question=" ")).status == "failed"
    assert (
        await bench.run("ask_user", bench.agent("c"), question="x", options=[str(n) for n in range(20)])
    ).status == "failed"
