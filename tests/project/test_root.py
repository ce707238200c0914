"""The project's root: the nearest marker, never the home directory, never everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.project.root import MARKERS, find_root


@pytest.mark.parametrize("marker", MARKERS)
def test_the_nearest_parent_with_a_marker(tmp_path: Path, marker: str) -> None:
    deep = tmp_path / "project" / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "project" / marker).mkdir()
    for start in (deep, deep / "new.ipynb", deep / "not-yet"):
        assert find_root(start) == tmp_path / "project"


def test_without_a_marker_the_directory_itself(tmp_path: Path) -> None:
    (tmp_path / "book.ipynb").write_text("{}")
    assert find_root(tmp_path / "book.ipynb", home=tmp_path.parent) == tmp_path
    assert find_root(tmp_path, home=tmp_path.parent) == tmp_path


def test_a_marker_in_the_home_directory_does_not_count(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "work").mkdir()
    assert find_root(tmp_path / "work", home=tmp_path) == tmp_path / "work"


def test_home_and_everything_are_no_projects(tmp_path: Path) -> None:
    for start, given in ((tmp_path, None), (tmp_path, tmp_path), ("/", None), (tmp_path, "/")):
        with pytest.raises(UsageError, match="cannot be a project"):
            find_root(start, given=given, home=tmp_path)


def test_what_is_given_wins_when_it_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a" / ".git").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert find_root(tmp_path / "a", given=tmp_path / "link") == tmp_path / "b"
    with pytest.raises(UsageError, match="not a directory"):
        find_root(tmp_path / "a", given=tmp_path / "none")
