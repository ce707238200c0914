"""Scalars, containers, functions, objects."""

from __future__ import annotations

import math
from typing import Any

import pytest

from loomkin_jupyter.tools.describe import describe, one_line


def secret_default(a: int, b: str = "canary") -> str:
    """Do something."""
    return b


@pytest.mark.parametrize(
    "value", ["canary", b"canary", ["canary"], {"canary": "canary"}, {"canary"}, secret_default, 987654321]
)
@pytest.mark.parametrize("level", ["schema", "stats"])
def test_values_stay_home(value: Any, level: Any) -> None:
    text = describe("v", value, level)
    assert text.startswith("v: ") and "canary" not in text and "987654321" not in text


def test_more_is_shown_when_shared() -> None:
    assert "canary" in describe("v", ["canary"], "sample") and "canary" in describe("v", {"a": "canary"}, "full")
    assert "module math" in describe("v", math, "stats") and "Do something." in describe("v", secret_default, "stats")


def test_a_broken_value_is_said() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError("no")

    assert "could not be described" in describe("v", Broken(), "full")
    assert one_line("v", [1]) == "v: list of length 1"
