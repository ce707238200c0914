"""A run's policy: stored as it was chosen, never guessed when it is read again."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.status import Preset, Sharing
from loomkin_jupyter.policy.run_policy import RunPolicy, decode, encode


@given(
    st.builds(
        RunPolicy,
        run=st.text(max_size=20),
        preset=st.sampled_from(get_args(Preset)),
        share=st.sampled_from(get_args(Sharing)),
        model=st.text(max_size=20),
    )
)
def test_what_is_stored_comes_back(policy: RunPolicy) -> None:
    assert decode(encode(policy)) == policy


@pytest.mark.parametrize("text", ['{"preset": "yolo"}', '{"share": "everything"}', '{"preset": null}', "", "[]"])
def test_an_unknown_policy_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(text)


def test_what_is_not_said_is_careful() -> None:
    assert decode("{}") == RunPolicy(preset="balanced", share="stats")
