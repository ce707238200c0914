"""The board: patches say exactly what changed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.views.board import FEED_MOST, Board, clip, merge_patch

_KEYS = st.sampled_from(["a", "b", "c"])
_FIELDS = st.dictionaries(
    _KEYS, st.one_of(st.none(), st.integers(0, 3), st.text(max_size=2), st.lists(st.integers(), max_size=2))
)
_NOTHING = st.dictionaries(_KEYS, st.integers(), max_size=0)
_STEPS: Any = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _KEYS, _FIELDS),
        st.tuples(st.just("drop"), _KEYS, _NOTHING),
        st.tuples(st.just("take"), _KEYS, _NOTHING),
    ),
    max_size=20,
)


@given(_STEPS)
def test_patches_lead_from_one_snapshot_to_the_next(steps: list[tuple[str, str, dict[str, Any]]]) -> None:
    board = Board()
    seen = board.snapshot()
    for what, key, fields in [*steps, ("take", "a", {})]:
        if what == "put":
            board.merge(("tasks", key), fields)
        elif what == "drop":
            board.drop("tasks", key)
        else:
            patch = board.take_patch()
            if patch is not None:
                seen = merge_patch(seen, patch)
            assert seen == board.snapshot()


def test_merge_patch_deletes_with_null_and_changes_nothing_it_was_given() -> None:
    before = {"a": {"b": 1, "c": 2}}
    assert merge_patch(before, {"a": {"b": None, "d": 3}}) == {"a": {"c": 2, "d": 3}}
    assert before == {"a": {"b": 1, "c": 2}}


def test_an_unchanged_value_is_no_change() -> None:
    board = Board()
    board.put("tasks", "T1", title="x")
    board.take_patch()
    board.put("tasks", "T1", title="x")
    assert board.take_patch() is None


def test_the_feed_keeps_the_last_lines() -> None:
    board = Board()
    for number in range(FEED_MOST + 10):
        board.feed("talk", str(number), time=0.0)
    feed = board.section("feed")
    assert len(feed) == FEED_MOST
    assert feed[str(FEED_MOST + 10)]["text"] == str(FEED_MOST + 9)


def test_clip_says_what_is_missing() -> None:
    assert clip("abcdef", 3) == "abc… (3 more characters)"
