"""What tools return, as text."""

from __future__ import annotations

import numpy as np
import pytest

from loomkin_jupyter.tools.show import json_text, show


@pytest.mark.parametrize(
    ("value", "text"), [(None, "Done."), ("", "(empty)"), ("a", "a"), ({"a": [1]}, '{"a":[1]}'), (3, "3")]
)
def test_plain_values(value: object, text: str) -> None:
    assert show(value, "stats").text == text


def test_data_is_described_not_shown() -> None:
    assert "4321" not in show(np.array([4321, 1]), "stats").text


def test_json_of_anything() -> None:
    assert json_text({"a": {1}}) == '{"a":[1]}' and "object" in json_text(object())
