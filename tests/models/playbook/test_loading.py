"""A wrong playbook says which line is wrong and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.models.playbook import PlaybookError, load_folder, load_playbook, parse_playbook

GOOD = """playbook: p
title: P
agents:
  lead:
    - id: look
      call: file_read
    - report: done
"""


@pytest.mark.parametrize(
    ("was", "becomes", "line", "words"),
    [
        ("call: file_read", "cal: file_read", 6, "cal"),
        ("report: done", "report: '{{ x'", 7, "cannot be read"),
        ("report: done", "goto: nowhere", 7, "no step 'nowhere'"),
        ("report: done", "when: a ==", 7, "does nothing"),
        ("report: done", "{report: x, goto: look}", 7, "exactly one"),
        ("report: done", "{report: x, when: 'a =='}", 7, "cannot be read"),
        ("report: done", "{wait: {pattern: '('}}", 7, "no regular expression"),
        ("title: P", "title: [1]", 2, "Expected"),
        ("title: P", "title: [P", 3, "not YAML"),
        ("title: P\n", "", 1, "title"),
        ("title: P", "title: P\nmatch: {patterns: ['[']}", 3, "no regular expression"),
    ],
)
def test_complaints_name_the_line(was: str, becomes: str, line: int, words: str):
    with pytest.raises(PlaybookError) as raised:
        parse_playbook(GOOD.replace(was, becomes), "audit.yaml")
    assert words in raised.value.message
    given_line = int(raised.value.message.split(":")[1])
    assert abs(given_line - line) <= 1, raised.value.message


def test_a_misspelt_field_gets_the_nearest():
    with pytest.raises(PlaybookError) as raised:
        parse_playbook(GOOD.replace("call: file_read", "cal: file_read"))
    assert "call" in raised.value.remedy


def test_files_and_folders(tmp_path: Path):
    (tmp_path / "b.yaml").write_text(GOOD.replace("playbook: p", "playbook: b"))
    (tmp_path / "a.yaml").write_text(GOOD)
    assert [book.name for book in load_folder(tmp_path)] == ["p", "b"]
    assert load_playbook(tmp_path / "b.yaml").name == "b"
    assert load_folder(tmp_path / "none") == []


@given(st.text(max_size=200))
def test_no_text_breaks_the_loader(text: str):
    try:
        parse_playbook(text)
    except PlaybookError:
        pass
