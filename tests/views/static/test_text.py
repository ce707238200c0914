"""Plain text for terminals."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.views.static.document import Sentence, run_document
from loomkin_jupyter.views.static.text import SUMMARY_LINES, summary, to_text


def test_every_fact_is_in_the_text(state: dict[str, Any]) -> None:
    text = to_text(run_document(state))
    for fact in ("$0.0042", "T1", "D2 decision", "few rows", "a.py", "lead"):
        assert fact in text


def test_the_summary_has_twelve_lines(state: dict[str, Any]) -> None:
    lines = summary(run_document(state, level="full")).splitlines()
    assert len(lines) == SUMMARY_LINES
    assert lines[-1].endswith("more lines")


def test_terminal_codes_are_taken_out() -> None:
    assert to_text([Sentence("a\x1b[31mb\x9bc")]) == "a[31mbc"
