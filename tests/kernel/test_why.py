# pyright: basic
"""Reasons as text."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.kernel.why import why_text

STATE: dict[str, Any] = {
    "decisions": {
        "nodes": {
            "D1": {"handle": "D1", "kind": "goal", "title": "Clean data"},
            "D2": {"handle": "D2", "kind": "decision", "title": "Drop rows", "confidence": 80, "variables": ["df"]},
        },
        "edges": {
            "a": {"source": "D1", "target": "D2", "kind": "chosen", "rationale": "few"},
            "b": {"source": "D2", "target": "D1", "kind": "leads_to"},
        },
    }
}


@pytest.mark.parametrize("what", ["D2", "d2", "df", "drop"])
def test_the_chain_is_told_nearest_first(what: str) -> None:
    lines = why_text(STATE, what).splitlines()
    assert lines[0] == "D2 decision: Drop rows (confidence 80)"
    assert lines[1] == "  D1 goal: Clean data — chosen, because few"


def test_what_nobody_decided_is_said() -> None:
    with pytest.raises(UsageError, match="Did you mean df"):
        why_text(STATE, "dg")


def test_a_superseded_decision_names_what_took_its_place() -> None:
    state: dict[str, Any] = {
        "decisions": {
            "nodes": {
                "D8": {"handle": "D8", "kind": "decision", "title": "Mean", "status": "superseded", "doubt": True},
                "D30": {"handle": "D30", "kind": "decision", "title": "Median", "status": "active"},
            },
            "edges": {"a": {"source": "D8", "target": "D30", "kind": "supersedes", "rationale": "outliers"}},
        }
    }
    assert why_text(state, "D8") == "D8 decision: Mean [in doubt] [superseded by D30]"
    assert why_text(state, "D30").splitlines()[1] == (
        "  D8 decision: Mean [in doubt] [superseded by D30] — superseded by D30, because outliers"
    )
