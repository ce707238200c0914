"""Files by name and by content, with and without ripgrep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.tools import search


def _no_program() -> None:
    """Find no ripgrep."""


@pytest.fixture(params=["ripgrep", "python"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run every test with both engines."""
    if request.param == "python":
        monkeypatch.setattr(search.ripgrep, "program", _no_program)
    yield


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    (root / "src").mkdir()
    (root / "src" / "a.py").write_text("def load():\n    return 1\n")
    (root / "src" / "b.txt").write_text("def load\n")
    (root / "out").mkdir()
    (root / "out" / "gen.py").write_text("def load(): pass\n")
    (root / ".gitignore").write_text("out/\n*.log\n!keep.log\n")
    (root / "x.log").write_text("def load\n")
    (root / "keep.log").write_text("def load\n")
    (root / ".env").write_text("KEY=def load canary\n")
    (root / "b.bin").write_bytes(b"\0def load")
    (root / "rows.csv").write_text("def load canary\n")
    outside = tmp_path / "outside.py"
    outside.write_text("def load outside\n")
    (root / "link.py").symlink_to(outside)
    return root


async def test_files_by_pattern(bench: Any, tree: Path) -> None:
    text = (await bench.run("file_search", pattern="**/*.py")).text
    assert "src/a.py" in text and "out/gen.py" not in text and "link.py" not in text
    assert ".env" not in (await bench.run("file_search", pattern="*")).text
    assert "keep.log" in (await bench.run("file_search", pattern="*.log")).text
    assert "a.py" in (await bench.run("file_search", pattern="*.py", path="src")).text
    assert "No files" in (await bench.run("file_search", pattern="*.rs")).text


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "~/*", "{..,x}/*"])
async def test_patterns_cannot_leave(bench: Any, tree: Path, pattern: str) -> None:
    assert (await bench.run("file_search", pattern=pattern)).status == "refused"
    assert (await bench.run("content_search", pattern="x", glob=pattern)).status == "refused"


async def test_content(bench: Any, tree: Path) -> None:
    text = (await bench.run("content_search", pattern=r"def \w+")).text
    assert "src/a.py:1:def load():" in text and "src/b.txt:1" in text and "keep.log:1" in text
    assert "canary" not in text and "gen.py" not in text and "outside" not in text and "x.log" not in text
    assert "binary" in text and "1 data files" in text
    only = (await bench.run("content_search", pattern="def", glob="*.txt", path="src")).text
    assert "b.txt" in only and "a.py" not in only
    assert "canary" in (await bench.run("content_search", bench.share("full"), pattern="canary", glob="*.csv")).text


async def test_bad_patterns_and_places(bench: Any, tree: Path) -> None:
    assert "regular expression" in (await bench.run("content_search", pattern="(")).text
    assert "a.py" in (await bench.run("content_search", pattern="x", path="src/aa.py")).text
    assert (await bench.run("content_search", pattern="x", path="../outside.py")).status in ("refused", "failed")


async def test_listing(bench: Any, tree: Path) -> None:
    text = (await bench.run("directory_list", path=".")).text
    assert "dir" in text and "src/" in text and "link" in text
    assert "file_read" in (await bench.run("directory_list", path="src/a.py")).text
    assert (await bench.run("directory_list", path="scr")).status == "failed"
