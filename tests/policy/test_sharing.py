"""Sharing: what each level lets through, and rounding that never narrows."""

from __future__ import annotations

import math
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.sharing import View, round_outwards

LEVELS: tuple[Sharing, ...] = get_args(Sharing)


@given(st.floats(allow_nan=False), st.booleans())
def test_rounding_goes_outwards_and_is_stable(value: float, up: bool) -> None:
    rounded = round_outwards(value, up=up)
    assert rounded >= value if up else rounded <= value
    if math.isfinite(value) and 1e-300 < abs(value) < 1e300:
        assert abs(rounded - value) <= abs(value) * 0.11
        again = round_outwards(rounded, up=up)
        assert abs(again - rounded) <= abs(rounded) * 0.11


def test_single_values_pass_from_sample_on() -> None:
    assert [View(level).values for level in LEVELS] == [False, False, True, True]
