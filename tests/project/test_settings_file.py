"""One settings file: every mistake with its line, and changes that keep what a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.project.settings_file import check_value, line_of, parse_file, read_file

ORIGINAL = '[model]\ndefault = "zai:glm-5"\nweak = "a/b"  # cheap\n[permissions]\nauto_approve = ["file_read"]\n[repo]\nx = 1\n'


def test_the_originals_names_are_read() -> None:
    found = parse_file(ORIGINAL)
    assert found.values == {"model.default": "zai/glm-5", "model.fast": "a/b"}
    assert found.auto_approve == ("file_read",)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[model]\n\ndefalt = 'x'\n", 3, "model.default"),
        ("[permissions]\npreset = 'yolo'\n", 2, "strict"),
        ("[agents]\nmost = 2.5\n", 2, "whole number"),
        ("[agents]\nmost = true\n", 2, "number"),
        ("[budget]\nrun_usd = -1\n", 2, "between"),
        ("[budget]\nrun_usd = nan\n", 2, "number"),
        ("model = 'x'\n", 1, "outside a section"),
        ("[model\n", 1, "no valid TOML"),
        ("[permissions]\nauto_approve = 3\n", 2, "list of tool names"),
    ],
)
def test_a_mistake_has_its_line(text: str, line: int, word: str) -> None:
    found = parse_file(text)
    assert found.values == {}
    (problem,) = found.problems
    assert (problem.line, word in problem.text) == (line, True), problem


@given(st.text(max_size=200))
def test_any_text_is_settings_or_problems(text: str) -> None:
    found = parse_file(text)
    assert all(check_value(BY_KEY[key], value)[1] == "" for key, value in found.values.items())


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    assert read_file(tmp_path / "none", "x").problems == ()
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in str(read_file(tmp_path / "a", "a").problems[0])
    (tmp_path / "b").write_bytes(b"#" * 1_000_001)
    assert "larger than 1 MB" in str(read_file(tmp_path / "b", "b").problems[0])


def test_lines_of_keys() -> None:
    text = "a.b = 1\n[c]\nd = 2\n'e' = 3\n[[f.g]]\n"
    assert [line_of(text, *pair) for pair in (("a", "b"), ("c", "d"), ("c", "e"), ("f", "g"), ("c", "b"))] == [
        1,
        3,
        4,
        5,
        0,
    ]
