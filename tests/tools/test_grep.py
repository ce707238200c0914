"""Lines are found as Python would find them one by one, whatever shortcut was taken; odd files do no harm."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomkin_jupyter.tools import grep
from loomkin_jupyter.tools.grep import Found, literal, stays_in_line


def found(root: Path, pattern: str, *, most: int = 1000, counted: dict[str, int] | None = None) -> Found:
    names = sorted(path.name for path in root.iterdir())
    return grep.grep(root, names, re.compile(pattern), most=most, counted=counted, allowed=lambda _: True)


_ATOMS = st.sampled_from(
    ["a", "b", "ab", "def ", "_x", r"\.", ".", r"\w", r"\d", r"\s", r"\S", r"\W", "[ab]", "[^a]", r"[\w.]", "^", "$", r"\b", "é", "-",
     r"\x61", r"\n", "(ab)", "(?:a|b)", "(?=b)", "|", " "]
)  # fmt: skip
_PATTERNS = st.lists(
    st.tuples(_ATOMS, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{0,1}", "+?"])), min_size=1, max_size=6
).map(lambda parts: "".join(atom + times for atom, times in parts))
_TEXTS = st.text(st.sampled_from("ab_x. \n\ndef1é-\t\r\x0b\u2028"), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(_PATTERNS, _TEXTS)
def test_shortcuts_change_no_answer(tmp_path: Path, pattern: str, text: str) -> None:
    try:
        expression = re.compile(pattern)
    except re.error:
        return
    (tmp_path / "f").write_bytes(text.encode())
    lines = grep.plain_text(text.encode()).removesuffix("\n").split("\n") if text else []
    expected = [f"f:{number}:{line.strip()}" for number, line in enumerate(lines, 1) if expression.search(line)]
    assert found(tmp_path, pattern).lines == expected
    for line in lines:
        if (match := expression.search(line)) is not None:
            assert literal(pattern) in match[0] or not literal(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"def _compile\w*", "def _compile"), (r"a{2}bc", ""), ("x|yy", ""), (r"ab+c", "ab"), (r"\(foo\)bar", "(foo)bar"), (r"\x61\x62", ""),
     ("ab?cd", "cd"), (r"\d+ of 5", " of 5"), ("naïve", "na"), (r"foo(bar)*", "foo"), ("(a)?b", "")],
)  # fmt: skip
def test_the_text_that_every_match_contains(pattern: str, text: str) -> None:
    assert literal(pattern) == text


def test_what_may_look_over_the_end_of_a_line_is_searched_line_by_line() -> None:
    assert all(stays_in_line(p) for p in (r"def \w+", "a.*b", r"[a-z_]+\(", r"^x$", r"(a|b)c", r"[\w.-]+"))
    assert not any(
        stays_in_line(p) for p in (r"a\s+b", "[^a]b", r"(?s)a.b", r"a\nb", r"\Aa", r"\W", r"[\s]", "(?!x)", r"\x0a")
    )


def test_long_files_are_searched_in_blocks_with_true_line_numbers(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("".join(f"line {number} of many\n" for number in range(1, 40_001)))
    assert found(tmp_path, "line (7|30007|40000) of").lines == [
        "long:7:line 7 of many", "long:30007:line 30007 of many", "long:40000:line 40000 of many",
    ]  # fmt: skip
    (tmp_path / "long").write_text("x" * 300_000 + "needle\nneedle")
    assert found(tmp_path, "needle").lines == ["long:2:needle"]  # of an endless line only the beginning counts


def test_encodings_are_read_and_binary_files_counted(tmp_path: Path) -> None:
    (tmp_path / "utf16").write_bytes("first\nneedle é".encode("utf-16"))
    (tmp_path / "latin").write_bytes(b"na\xefve needle")
    (tmp_path / "dos").write_bytes(b"one\r\nneedle\r\n")
    (tmp_path / "mac").write_bytes(b"one\rneedle\r")
    (tmp_path / "binary").write_bytes(b"needle\0needle")
    (tmp_path / "large").write_bytes(b"\n" * 200_000 + b"needle")
    (tmp_path / "empty").write_bytes(b"")
    result = found(tmp_path, "needle$|needle é")
    assert result.lines == [
        "dos:2:needle", "large:200001:needle", "latin:1:naïve needle", "mac:2:needle", "utf16:2:needle é",
    ]  # fmt: skip
    assert (result.matches, result.binary) == (5, 1)
    assert found(tmp_path, "needle").binary == 1


def test_links_pipes_and_lost_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("needle")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path / "real")
    os.mkfifo(inside / "pipe")
    (inside / "folder").mkdir()
    names = ["link", "pipe", "folder", "gone"]
    result = grep.grep(inside, names, re.compile("needle"), most=9, allowed=lambda _: True)
    assert result == Found()


def test_beyond_what_is_shown_matches_are_counted(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).write_text("hit\nmiss\nhit\n")
    (tmp_path / "e").write_bytes(b"hit\0")
    result = found(tmp_path, "hit", most=3)
    assert (result.lines, result.matches, result.binary) == (["a:1:hit", "a:3:hit", "b:1:hit"], 8, 1)
    result = found(tmp_path, "hit", most=3, counted={"a": 2, "b": 2, "c": 2, "d": 2, "e": 1})
    assert (len(result.lines), result.matches, result.binary) == (3, 8, 1)


def test_what_is_not_allowed_is_neither_shown_nor_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hit")
    (tmp_path / "b").write_text("hit")
    result = grep.grep(tmp_path, ["a", "b"], re.compile("hit"), most=9, allowed=lambda name: name == "b")
    assert (result.lines, result.matches) == (["b:1:hit"], 1)
