"""Ports: the values that cross them say plainly what they mean."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.ports import Answer, ModelLimits


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [("allow_once", True), ("allow_run", True), ("always", True), ("deny", False), ("yes", False)],
)
def test_only_three_answers_are_yes(choice: str, allowed: bool) -> None:
    assert Answer(choice=choice).allowed is allowed


def test_a_model_nobody_knows_has_no_price() -> None:
    assert not ModelLimits(model="x/y").price.known
