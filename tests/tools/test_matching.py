"""Finding the text to replace: exactly, tolerantly, never by guessing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.tools.matching import replace_text

CODE = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 1\n"


def test_exactly_one() -> None:
    done = replace_text(CODE, "def g(self):\n        return 1", "def g(self):\n        return 2", every=False, name="a")
    assert done.text.endswith("return 2\n") and done.count == 1 and not done.tolerant
    (edit,) = done.edits
    assert (edit.at, edit.removed, edit.added) == (6, 1, 1)


def test_ambiguity_names_the_lines() -> None:
    with pytest.raises(ToolRetry, match="lines 3, 6"):
        replace_text(CODE, "return 1", "return 2", every=False, name="a")
    done = replace_text(CODE, "return 1", "return 2", every=True, name="a")
    assert done.count == 2 and [e.at for e in done.edits] == [6, 3]


def test_white_space_is_tolerated_and_the_indent_is_the_files() -> None:
    done = replace_text(CODE, "def g(self):\n    return 1", "def g(self):\n    return 2", every=False, name="a")
    assert done.tolerant and "    def g(self):\n        return 2\n" in done.text
    with pytest.raises(ToolRetry, match="2 times"):
        replace_text("a  b\na   b\n", "a b", "c", every=False, name="a")


@pytest.mark.parametrize(("old", "new", "says"), [("", "x", "empty"), ("x", "x", "same"), ("return 3", "x", "line 3")])
def test_what_cannot_be_replaced(old: str, new: str, says: str) -> None:
    with pytest.raises(ToolRetry, match=says):
        replace_text(CODE, old, new, every=False, name="a")


@given(st.text("ab\n ", max_size=40), st.text("ab\n", min_size=1, max_size=4), st.text("cd\n", max_size=4))
def test_replacing_all_is_what_python_does(text: str, old: str, new: str) -> None:
    if old in text and old != new:
        assert replace_text(text, old, new, every=True, name="a").text == text.replace(old, new)
