"""Rounding: a range tells nothing of a record."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.tools.describe.numbers import bounds, rounded


@pytest.mark.parametrize(
    ("value", "shown"),
    [(123456, 120000), (0.012345, 0.012), (0, 0), (-987, -990), (None, None), (float("nan"), None), ("x", None)],
)
def test_two_digits(value: object, shown: object) -> None:
    assert rounded(value, "stats") == shown


def test_dates_and_full() -> None:
    assert rounded(datetime.date(2013, 5, 7), "stats") == "2013-05" and rounded(123456, "full") == 123456


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_bounds_hold_both_ends(a: float, b: float) -> None:
    low, high = bounds(min(a, b), max(a, b), "stats")
    assert low <= min(a, b) and high >= max(a, b)
