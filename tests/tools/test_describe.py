"""Which describer a value gets, and that no value can break the description or show itself in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from loomkin_jupyter.tools.describe import describe, is_described, one_line


class Hostile:
    """A value whose attributes fail, as those of a broken proxy do."""

    @property
    def shape(self) -> Any:
        raise ValueError("canary")


FRAME: Any = pd.DataFrame({"a": [1, 2], "b": ["canary", "x"]})
ARRAY: Any = np.zeros((2, 3))
WORDS: Any = np.array(["canary"])


@pytest.mark.parametrize(
    ("value", "described", "line"),
    [
        (FRAME, True, "v: DataFrame 2 × 2 (a, b)"),
        (FRAME["a"], True, "v: Series 2 int64"),
        (ARRAY, True, "v: ndarray 2 × 3 float64"),
        ([1, 2], False, "v: list of length 2"),
        ("canary", False, "v: str of length 6"),
        (7, False, "v: int"),
        (Hostile(), False, "v: Hostile"),
    ],
)
def test_one_line_names_type_and_size_only(value: Any, described: bool, line: str) -> None:
    assert is_described(value) is described
    assert one_line("v", value) == line


@pytest.mark.parametrize("value", [FRAME, FRAME["b"], WORDS, "canary"], ids=["frame", "series", "array", "text"])
@pytest.mark.parametrize("level", ["schema", "stats"])
def test_no_value_of_its_own_is_shown_below_sample(value: Any, level: Any) -> None:
    assert "canary" not in describe("v", value, level)
