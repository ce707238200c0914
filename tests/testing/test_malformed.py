"""The generator of malformed answers: many, distinct, the same for the same seed."""

from __future__ import annotations

from loomkin_jupyter.testing.malformed import KINDS, TRANSPORT, malformed


def test_five_hundred_are_distinct_and_of_every_kind():
    found = list(malformed(510, seed=3))
    assert len({repr(item.reply) for item in found}) == 510
    assert {item.kind for item in found} == set(KINDS)
    assert {item.kind for item in found if item.transport} == TRANSPORT


def test_a_seed_always_gives_the_same():
    assert [repr(item) for item in malformed(60, seed=9)] == [repr(item) for item in malformed(60, seed=9)]
    assert [repr(item) for item in malformed(60, seed=9)] != [repr(item) for item in malformed(60, seed=8)]


def test_kinds_can_be_chosen():
    assert {item.kind for item in malformed(10, kinds=("empty", "huge"))} == {"empty", "huge"}
