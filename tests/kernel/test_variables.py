# pyright: basic
"""A variable is told by its shape, never by its values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from loomkin_jupyter.kernel.variables import COLUMNS_MOST, describe


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (7654321, "v: int"),
        ("secret words", "v: str; length 12"),
        ([7654321] * 3, "v: list; length 3"),
        (np.full((2, 3), 7654321.0), "shape 2 × 3; dtype float64"),
        (pd.DataFrame({"age": [7654321]}), "shape 1 × 1; columns age (int64)"),
        (len, "callable"),
    ],
)
def test_shape_and_type_only(value: Any, words: str) -> None:
    told = describe("v", value)
    assert words in told
    assert "7654321" not in told
    assert "secret words" not in told


def test_wide_frames_are_cut() -> None:
    wide = pd.DataFrame({f"c{number}": [1] for number in range(COLUMNS_MOST + 5)})
    assert "and 5 more" in describe("v", wide)
