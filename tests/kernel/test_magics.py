# pyright: basic
"""The magics in a real kernel."""

from __future__ import annotations

from typing import Any


def test_a_request_in_a_cell_ends_as_a_static_record(kernel: Any) -> None:
    out = kernel.run("%%loomkin --wait --name run\nHow many columns?")
    assert not out["error"], out
    assert any("application/vnd.jupyter.widget-view+json" in data for data in out["displays"])
    data = (out["updates"] or [kernel.wait_update()])[-1]
    assert "application/vnd.jupyter.widget-view+json" not in data
    assert "Twelve columns, no nulls." in data["text/html"]
    assert kernel.run("print(run.result.text, run.status)")["text"] == "Twelve columns, no nulls. done\n"
    status = kernel.run("%loomkin status")["text"]
    assert "Done" in status
    assert "{" not in status
