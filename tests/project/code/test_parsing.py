"""Many files are read by children, few here; both say the same, and a child that dies costs nothing."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from loomkin_jupyter.project.code import parsing
from loomkin_jupyter.project.code.parsing import read_files, serve
from loomkin_jupyter.project.code.tags import FileTags


@pytest.fixture
def tree(tmp_path: Path) -> list[tuple[str, int]]:
    for number in range(6):
        (tmp_path / f"m{number}.py").write_text(f"def f{number}():\n    return f{number + 1}()\n" * (number + 1))
    return [(path.name, path.stat().st_size) for path in sorted(tmp_path.iterdir())]


def test_children_read_what_this_process_reads(
    tmp_path: Path, tree: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = read_files(tmp_path, tree)
    monkeypatch.setattr(parsing, "ALONE", 0)
    assert read_files(tmp_path, tree, processes=3) == here
    assert [d.name for d in here["m0.py"].definitions] == ["f0"] and here["m0.py"].uses == {"f1": 1}


def test_the_share_of_a_child_that_dies_is_read_here(
    tmp_path: Path, tree: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = read_files(tmp_path, tree)
    monkeypatch.setattr(parsing, "ALONE", 0)
    monkeypatch.setattr(parsing, "_MAIN", "import sys; sys.stdin.buffer.read(); sys.exit(3)")
    assert read_files(tmp_path, tree, processes=2) == here


def test_a_file_that_is_gone_has_no_tags(tmp_path: Path) -> None:
    assert read_files(tmp_path, [("gone.py", 10)]) == {"gone.py": FileTags([], {})}


def test_a_child_answers_its_share_in_one_frame(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("X = 1\n")
    answer = io.BytesIO()
    serve(io.BytesIO(msgspec.msgpack.encode((str(tmp_path), ["a.py"]))), answer)
    tags = msgspec.msgpack.decode(answer.getvalue(), type=dict[str, FileTags])
    assert [d.name for d in tags["a.py"].definitions] == ["X"]
