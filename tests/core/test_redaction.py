"""Secrets become a mark, wherever they stand; ordinary words stay."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.redaction import MARK, RedactedStream, Redactor, is_secret_name


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


@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40), st.lists(st.integers(0, 60)))
def test_a_secret_in_pieces_is_never_shown(before: str, after: str, cuts: list[int]) -> None:
    secret = "correct-horse-battery"
    text = f"{before} {secret} {after}"
    places = [0, *sorted({min(cut, len(text)) for cut in cuts}), len(text)]
    stream = RedactedStream(Redactor([secret]))
    shown = [stream.feed(text[a:b]) for a, b in itertools.pairwise(places)]
    assert "".join([*shown, stream.rest()]) == text.replace(secret, MARK)
    assert not any("horse" in piece for piece in shown)


def test_an_endless_word_is_shown_all_the_same() -> None:
    stream = RedactedStream(Redactor())
    assert stream.feed("x" * 1_000) == "x" * 1_000
    assert stream.feed(" one") == " " and stream.rest() == "one"
