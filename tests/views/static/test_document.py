"""The record says everything in words."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.views.static.document import Heading, Listing, Picture, Sentence, outcome, run_document


def test_the_first_sentence_is_the_outcome(state: dict[str, Any]) -> None:
    first = run_document(state)[0]
    assert first == Sentence("Done · 2.0 s · cost $0.0042 of $5.00 · 120 tokens", strong=True)


def test_labels_and_decisions_and_rationales_are_said(state: dict[str, Any]) -> None:
    blocks = run_document(state)
    assert Sentence("Scripted answers, no model was asked.") in blocks
    decisions = next(block for block in blocks if isinstance(block, Listing))
    assert "chosen from D1 because few rows" in decisions.items[1]
    assert any(isinstance(block, Picture) for block in blocks)


def test_levels_say_more_or_less(state: dict[str, Any]) -> None:
    lengths = [len(run_document(state, level=level)) for level in ("none", "summary", "full")]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 3
    assert Heading("What happened") in run_document(state, level="full")


def test_an_unknown_cost_is_called_unknown(state: dict[str, Any]) -> None:
    run = dict(state["runs"]["r"])
    del run["cost_nano"]
    assert "cost unknown" in outcome(run)


def test_no_run_is_said(state: dict[str, Any]) -> None:
    assert run_document(state, "nothing") == [Sentence("No run yet.")]
