"""The presets: more trust never asks about what less trust lets pass, and some things are always asked."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.status import Preset
from loomkin_jupyter.policy.presets import Facts, lowest_preset, preset_verdict

PRESETS: tuple[Preset, ...] = get_args(Preset)

facts = st.builds(
    Facts,
    kind=st.sampled_from(["read", "write", "execute", "coordinate", "network"]),
    confined=st.booleans(),
    control=st.booleans(),
    sandboxed=st.booleans(),
    network=st.booleans(),
    understood=st.booleans(),
)


@given(facts)
def test_more_trust_lets_no_less_pass(found: Facts) -> None:
    verdicts = [preset_verdict(preset, found) for preset in PRESETS]
    assert verdicts == sorted(verdicts, key=["ask", "allow"].index)
    assert verdicts[-1] == "allow"
    lowest = lowest_preset(found)
    assert preset_verdict(lowest, found) == "allow"
    assert all(preset_verdict(preset, found) == "ask" for preset in PRESETS[: PRESETS.index(lowest)])


@given(facts)
def test_only_full_trust_leaves_the_project_or_steers_loomkin(found: Facts) -> None:
    if found.control or not found.confined or found.network:
        assert lowest_preset(found) == "full"


@pytest.mark.parametrize(
    ("found", "lowest"),
    [
        (Facts(kind="read"), "strict"),
        (Facts(kind="coordinate"), "balanced"),
        (Facts(kind="write"), "autonomous"),
        (Facts(kind="execute", sandboxed=True), "autonomous"),
        (Facts(kind="execute"), "full"),
        (Facts(kind="execute", sandboxed=True, understood=False), "full"),
        (Facts(kind="network"), "full"),
    ],
)
def test_the_lowest_trust_that_does(found: Facts, lowest: str) -> None:
    assert lowest_preset(found) == lowest
