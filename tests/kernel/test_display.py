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


def test_how_much_is_kept_is_the_setting_unless_the_cell_says_so(kernel: Any, model: ScriptedServer) -> None:
    kernel.run("%load_ext loomkin_jupyter\n%loomkin settings save.level none")
    nothing = _record(kernel.run("%%loomkin --wait\nLook"))
    summary = _record(kernel.run("%%loomkin --wait --save summary\nLook again"))
    assert len(str(nothing)) < len(str(summary))


def _record(out: dict[str, Any]) -> Any:
    assert not out["error"], out
    return (out["updates"] or out["displays"])[-1]
