"""The record says everything in words."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.views.static.document import (
    Heading,
    Listing,
    Picture,
    Sentence,
    Table,
    outcome,
    run_document,
    shortened,
)


def test_the_first_sentence_is_the_outcome(state: dict[str, Any]) -> None:
    first = run_document(state)[0]
    assert first == Sentence("Done · 2.0 s · cost $0.0042 of $5.00 · 120 tokens", strong=True)


def test_labels_and_decisions_and_rationales_are_said(state: dict[str, Any]) -> None:
    blocks = run_document(state)
    assert Sentence("Scripted answers, no model was asked.") in blocks
    decisions = next(block for block in blocks if isinstance(block, Listing))
    assert "chosen for D1 because few rows" in decisions.items[1]
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


@given(st.text(alphabet="ab \n·", max_size=80), st.integers(min_value=4, max_value=30))
def test_a_shortened_text_ends_after_a_whole_word(text: str, most: int) -> None:
    words = text.replace("·", " ").split()
    short = shortened(text.replace("·", " "), most)
    assert "\n" not in short
    assert len(short) <= most + 2
    if short.endswith(" …") and any(len(word) <= most for word in words[:1]):
        assert all(word in (*words, "·", "…") for word in short.split())


def test_lines_are_kept_apart() -> None:
    assert shortened("12 rows\n\nActions:  looked") == "12 rows · Actions: looked"


def test_a_task_that_nobody_was_given_names_who_completed_it(state: dict[str, Any]) -> None:
    table = next(block for block in run_document(state) if isinstance(block, Table) and block.head[0] == "Task")
    assert table.rows[0][2] == "lead"
