"""Bytes to text and back, atomic writes, small edits and diffs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.tools.text_file import decode, diff_of, is_binary, one_edit, write_atomic
from loomkin_jupyter.tools.versions import content_hash


@given(st.binary(max_size=300))
def test_what_is_read_is_written_back_byte_for_byte(data: bytes) -> None:
    if is_binary(data):
        return
    file = decode(data)
    assert file.encode(file.text) == data


@pytest.mark.parametrize(
    ("data", "encoding", "newline"),
    [
        (b"a\nb\n", "utf-8", "\n"),
        (b"a\r\nb\r\n", "utf-8", "\r\n"),
        (b"a\r\nb\n", "utf-8", "\n"),
        ("ä".encode("utf-8-sig"), "utf-8-sig", "\n"),
        ("ä".encode("utf-16"), "utf-16", "\n"),
        ("ä".encode("latin-1"), "cp1252", "\n"),
        (b"", "utf-8", "\n"),
    ],
)
def test_encodings_and_line_ends(data: bytes, encoding: str, newline: str) -> None:
    file = decode(data)
    assert (file.encoding, file.newline) == (encoding, newline)
    assert file.encode(file.text) == data or encoding == "utf-16"


def test_characters_an_encoding_lacks_are_said() -> None:
    with pytest.raises(ToolFailed):
        decode("ä".encode("latin-1")).encode("中")


def test_writing_is_refused_when_the_content_changed(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_atomic(file, b"one", "")
    file.chmod(0o750)
    write_atomic(file, b"two", content_hash(b"one"))
    assert file.read_bytes() == b"two" and file.stat().st_mode & 0o777 == 0o750
    with pytest.raises(ToolFailed):
        write_atomic(file, b"three", content_hash(b"one"))
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and file.read_bytes() == b"two"


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_one_edit_turns_one_text_into_the_other(old: list[str], new: list[str]) -> None:
    edit = one_edit("\n".join(old), "\n".join(new))
    if edit is None:
        assert old == new
        return
    start = edit.at - 1
    assert old[:start] + new[start : start + edit.added] + old[start + edit.removed :] == new


def test_a_diff_has_the_files_line_numbers() -> None:
    before = "".join(f"{n}\n" for n in range(1, 101))
    text, added, removed = diff_of("a.txt", before, before.replace("50\n", "fifty\nmore\n"))
    assert (added, removed) == (2, 1) and "@@ -47" in text and "+fifty" in text
    assert "too large" in diff_of("a", "", "x\n" * 5000)[0] and diff_of("a", "x", "x") == ("", 0, 0)
