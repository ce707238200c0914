# pyright: basic
"""The decisions as text for other programs."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.kernel.exporting import graph_export

STATE: dict[str, Any] = {
    "decisions": {
        "nodes": {
            "D1": {"handle": "D1", "kind": "goal", "title": "Clean data"},
            "D2": {"handle": "D2", "kind": "action", "title": "Read a file", "auto": True},
        },
        "edges": {"a": {"source": "D1", "target": "D2", "kind": "leads_to", "rationale": ""}},
    }
}


def test_what_was_logged_by_itself_comes_when_wanted() -> None:
    assert "Clean data" in graph_export(STATE, "mermaid")
    assert "Read a file" not in graph_export(STATE, "mermaid")
    assert "D1 -->|leads to| D2" in graph_export(STATE, "mermaid", everything=True)
