"""Arrays by shape, type and rounded range."""

from __future__ import annotations

import numpy as np

from loomkin_jupyter.tools.describe import describe, is_described


def test_arrays() -> None:
    value = np.array([[12345.0, np.nan], [3.0, 4.0]])
    text = describe("a", value, "stats")
    assert "2 × 2" in text and "1 not a number" in text and "12345" not in text
    assert "12345" in describe("a", value, "sample") and "from" not in describe("a", value, "schema")
    assert is_described(value) and not is_described(np.float64(1)) and "array" in describe("e", np.array([]), "stats")
