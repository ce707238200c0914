"""The index reads what changed and nothing else, also in the next process; a bad cache is no obstacle."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loomkin_jupyter.project.code.index import CodeIndex
from loomkin_jupyter.project.code.tags import LARGEST


class Project:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        self.cache = folder / "cache" / "code.msgpack"
        self.write("fleet.py", "def load():\n    return clean()\n")
        self.write("clean.py", "def clean():\n    pass\n")

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def index(self) -> CodeIndex:
        return CodeIndex(self.root, lambda: sorted(path.name for path in self.root.iterdir()), self.cache)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_definitions_and_users(project: Project) -> None:
    index = project.index()
    done = index.refresh()
    assert (done.files, done.read, done.gone) == (2, 2, 0)
    ((path, found),) = index.definitions("clean")
    assert (path, found.kind, found.start) == ("clean.py", "function", 1)
    assert index.users("clean") == [("fleet.py", 1)]
    assert set(index.names()) == {"load", "clean"}


def test_only_what_changed_is_read_again(project: Project) -> None:
    index = project.index()
    index.refresh()
    version = index.version
    assert index.refresh().read == 0 and index.version == version
    project.write("clean.py", "def tidy():\n    pass\n")
    (project.root / "fleet.py").unlink()
    project.write("data.csv", "a,b\n")
    done = index.refresh()
    assert (done.files, done.read, done.gone) == (1, 1, 1) and index.version == version + 1
    assert index.definitions("clean") == [] and index.definitions("tidy") and index.users("clean") == []


def test_a_file_that_was_only_touched_is_not_parsed(project: Project) -> None:
    index = project.index()
    index.refresh()
    os.utime(project.root / "clean.py", (1, 1))
    assert index.refresh().read == 0


def test_the_next_process_takes_it_from_the_cache(project: Project) -> None:
    project.index().refresh()
    again = project.index()
    assert again.refresh().read == 0 and again.definitions("load")


@pytest.mark.parametrize("content", [b"", b"not msgpack", b"\x92\x00\x80", b"\x92\x01\x93\x01\x02\x03"])
def test_a_cache_that_cannot_be_read_is_made_anew(project: Project, content: bytes) -> None:
    project.cache.parent.mkdir()
    project.cache.write_bytes(content)
    assert project.index().refresh().read == 2
    assert project.index().refresh().read == 0


def test_a_cache_that_cannot_be_written_is_done_without(project: Project) -> None:
    project.cache.parent.write_text("a file where the folder should be")
    assert project.index().refresh().read == 2


def test_large_files_are_counted_and_left_out(project: Project) -> None:
    project.write("huge.py", "x = 1\n" * (LARGEST // 6 + 1))
    assert project.index().refresh().too_large == 1
