# pyright: basic
"""What a cell shows of a run: the card, and the record in its place when the team goes away."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_closing_in_mid_run_leaves_a_record_that_says_so(kernel: Any, model: ScriptedServer) -> None:
    model.script = lambda request: Reply(text="Later.", hold="never")
    shown = kernel.run("%%loomkin --save full\nLook")["displays"]
    assert any(WIDGET in data for data in shown)
    model.wait_for(1)
    updates = kernel.run("%unload_ext loomkin_jupyter")["updates"]
    record = updates[-1]
    assert WIDGET not in record
    assert "Interrupted: the kernel was closed at" in record["text/plain"]
    assert "loomkin resume goes on" in record["text/html"]
    model.event("never").set()
