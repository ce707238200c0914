"""Which paths are tests, and which names are near."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.tools.places import is_test_path, nearest_paths


@pytest.mark.parametrize(
    "path", ["tests/a.py", "src/test_a.py", "a_test.go", "conftest.py", "web/a.test.ts", "x/__tests__/a.js"]
)
def test_tests(path: str) -> None:
    assert is_test_path(path)


@pytest.mark.parametrize("path", ["a.py", "src/contest.py", "tests.py.md/../a.py", "testing/a.py", "latest.py"])
def test_no_tests(path: str) -> None:
    assert not is_test_path(path)


def test_nearest_names_show_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "loader.py").write_text("")
    (tmp_path / ".env").write_text("")
    confinement = Confinement(tmp_path)
    assert "src/loader.py" in nearest_paths(confinement, "loader.py")
    assert ".env" not in nearest_paths(confinement, ".emv")
    assert "file_search" in nearest_paths(confinement, "zzzzzz")
