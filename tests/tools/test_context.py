"""The view of one call."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.signals import ToolOutput


async def test_each_call_has_its_own_view_and_the_session_is_shared(bench: Any) -> None:
    ctx = bench.ctx.for_call("c9")
    assert ctx.caller.call == "c9" and bench.ctx.caller.call == "" and ctx.session is bench.ctx.session
    assert ctx.scope() == {"team": "main", "agent": "ada", "run": "run_1", "cause": "c9"}


async def test_output_is_redacted(bench: Any) -> None:
    bench.ctx.for_call("c9").output("x canary-secret-value")
    (signal,) = bench.signals(ToolOutput)
    assert "canary" not in signal.text and signal.call == "c9"


async def test_local_models_see_everything(bench: Any) -> None:
    assert bench.ctx.share == "stats" and bench.agent("x", local_model=True).share == "full"
