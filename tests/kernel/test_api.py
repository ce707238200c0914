# pyright: basic
"""The magics' Python twins, in a real kernel."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order


def test_asking_awaiting_and_looking(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="Asked in Python."))
    kernel.run("import loomkin_jupyter as lk; run = lk.ask('Look', trust='strict')")
    assert kernel.run("print((await run).text)")["text"] == "Asked in Python.\n"
    assert "lead" in kernel.run("print(lk.team(), lk.team().agents)")["text"]
    shown = kernel.run("lk.panel('queue')")
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown["displays"]), shown
    assert "Loomkin graph" in kernel.run("print(repr(lk.graph()))")["text"] or not shown["error"]


def test_mistakes_name_the_nearest(kernel: Any) -> None:
    assert "Did you mean trust" in kernel.run("lk.ask('Look', trst='strict')")["error"]
    assert "Did you mean graph" in kernel.run("lk.panel('grph')")["error"]
