"""Sharing: what each level lets through, rounding that never narrows, and which models are private."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.sharing import View, is_private, round_outwards, strictest_level, view_for

LEVELS: tuple[Sharing, ...] = get_args(Sharing)
levels = st.sampled_from(LEVELS)


@given(st.floats(allow_nan=False), st.booleans())
def test_rounding_goes_outwards_and_is_stable(value: float, up: bool) -> None:
    rounded = round_outwards(value, up=up)
    assert rounded >= value if up else rounded <= value
    if math.isfinite(value) and 1e-300 < abs(value) < 1e300:
        assert abs(rounded - value) <= abs(value) * 0.11
        again = round_outwards(rounded, up=up)
        assert abs(again - rounded) <= abs(rounded) * 0.11


@given(levels, st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_range_holds_its_ends(level: Sharing, one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = View(level).range(low, high)
    assert (found is None) is (level == "schema")
    if found is not None:
        assert found[0] <= low <= high <= found[1]
    if level == "full":
        assert found == (low, high)


@given(levels, st.dictionaries(st.text(max_size=5), st.integers(0, 100), max_size=30))
def test_rare_values_stay_below_full(level: Sharing, counts: dict[str, int]) -> None:
    shown = View(level).top_values(counts)
    assert [count for _, count in shown] == sorted((count for _, count in shown), reverse=True)
    if level == "schema":
        assert shown == []
    elif level != "full":
        assert len(shown) <= 5
        assert all(count >= 20 for _, count in shown)


def test_levels_let_through_more_and_more() -> None:
    views = [View(level) for level in LEVELS]
    assert [view.rows for view in views] == [0, 0, 5, None]
    assert [view.statistics for view in views] == [False, True, True, True]
    assert [view.values for view in views] == [False, False, True, True]
    assert View("stats").range(math.nan, 1.0) is None
    assert strictest_level(["full", "stats", "sample"]) == "stats"


@pytest.mark.parametrize(
    ("model", "base_url", "private"),
    [
        ("loomkin/playbook", "", True),
        ("loomkin/playbook:flights", "", True),
        ("openai/gpt", "", False),
        ("openai/gpt", "https://api.openai.com/v1", False),
        ("openai/gpt", "http://localhost:8000/v1", True),
        ("openai/gpt", "http://LOCALHOST:8000/v1", True),
        ("openai/gpt", "http://127.0.0.1:8000/v1", True),
        ("openai/gpt", "http://127.8.9.1/v1", True),
        ("openai/gpt", "http://[::1]:8000/v1", True),
        ("openai/gpt", "http://localhost.evil.example/v1", False),
        ("openai/gpt", "http://127.evil.example/v1", False),
        ("openai/gpt", "http://127.0.0.1.evil.example/v1", False),
        ("openai/gpt", "http://127.0.0.1@evil.example/v1", False),
        ("openai/gpt", "http://evil.example/?localhost", False),
        ("openai/gpt", "http://[broken", False),
        ("openai/gpt", "192.168.1.4:80", False),
    ],
)
def test_private_is_what_stays_on_this_machine(model: str, base_url: str, private: bool) -> None:
    assert is_private(model, base_url) is private
    assert view_for("schema", model, base_url=base_url).level == ("full" if private else "schema")
    assert view_for("stats", model, local=True).level == "full"
