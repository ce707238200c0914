"""Estimates are of the right size for every alphabet, and learn from what providers report."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.messages import AssistantEntry, ToolCall
from loomkin_jupyter.memory.tokens import Calibration, entry_tokens, estimate, message_tokens, tool_tokens


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("word " * 1_000, 900, 1_500), ("日本語の文" * 200, 800, 1_600), ("größer " * 100, 150, 450)],
)
def test_estimates_are_of_the_right_size(text: str, low: int, high: int) -> None:
    assert low <= estimate(text) <= high


@given(st.text(), st.text())
def test_more_text_never_has_fewer_tokens(first: str, second: str) -> None:
    assert 0 <= estimate(first) <= estimate(first + second) + 1


def test_calls_and_tools_count() -> None:
    entry = AssistantEntry(id="1", text="", calls=(ToolCall("c", "shell", "x" * 400),))
    assert entry_tokens(entry) > 100
    assert message_tokens([{"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "a"}]}]) > 1_000
    assert tool_tokens([{"name": "x" * 400}]) > 100


def test_reports_correct_the_estimate_within_bounds() -> None:
    calibration = Calibration()
    assert calibration.corrected("m", 100) == 100
    calibration.learn("m", 100, 130)
    assert calibration.corrected("m", 100) == 130
    calibration.learn("m", 100, 100_000)
    assert calibration.corrected("m", 100) <= 200
    calibration.learn("m", 0, 5)
    assert list(calibration.statistics()) == ["m"]
