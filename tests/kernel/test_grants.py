# pyright: basic
"""Grants are numbered as they are listed; a wrong number says what there is (their effect: test_subcommands)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("number", ["", "0", "1", "x"])
def test_a_grant_that_does_not_exist_is_told(kernel: Any, number: str) -> None:
    assert "Nothing is allowed" in kernel.run("%loomkin grants")["text"]
    assert "there is none" in kernel.run(f"%loomkin revoke {number}")["error"]
