"""Secrets become a mark, wherever they stand; ordinary words stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.redaction import MARK, Redactor, is_secret_name


@given(st.text(min_size=8, alphabet=st.characters(codec="utf-8")), st.text(), st.text())
def test_a_known_value_never_survives(secret: str, before: str, after: str) -> None:
    redacted = Redactor([secret])(before + secret + after)
    assert secret not in redacted or secret in MARK or secret in before + MARK + after


def test_longer_values_go_first() -> None:
    assert Redactor(["abcdefgh", "abcdefghij"])("x abcdefghij y") == f"x {MARK} y"


@pytest.mark.parametrize(
    "token",
    [
        "sk-" + "a1" * 12,
        "sk-ant-" + "b2" * 12,
        "ghp_" + "c3" * 18,
        "AKIA" + "ABCD1234" * 2,
        "hf_" + "d4" * 17,
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_well_known_shapes_are_recognised(token: str) -> None:
    assert Redactor()(f"key={token}.") == f"key={MARK}."


def test_environment_names_and_short_values() -> None:
    redactor = Redactor.from_environment(
        {"OPENAI_API_KEY": "verysecretvalue", "HOME": "/home/someone", "DB_PASSWORD": "short"}
    )
    assert redactor("verysecretvalue /home/someone short") == f"{MARK} /home/someone short"
    assert is_secret_name("my_api_key")
    assert not is_secret_name("PATH")
