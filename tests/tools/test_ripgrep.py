"""ripgrep counts lines without opening secrets or rows; what it does not understand it leaves to others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools import ripgrep

PROGRAM = ripgrep.program() or ""
pytestmark = pytest.mark.skipif(not PROGRAM, reason="ripgrep is not installed")


def count(
    root: Path, pattern: str, *, glob: str = "", share: Sharing = "stats", inside: str = ""
) -> dict[str, int] | None:
    return ripgrep.count_lines(PROGRAM, root, inside, pattern, glob=glob, share=share, largest=1000)()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.py", "sub/b.py", "sub/c.txt", ".env", "x/.ssh/key", "id_rsa", "rows.csv", "rows.csv.gz", "n.ipynb", "out/d.py",
                 "node_modules/e.py", "odd\nname.txt"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("hit\r\nmiss\nhit\n")
    (tmp_path / ".gitignore").write_text("out/\n")
    (tmp_path / "huge.txt").write_text("hit\n" * 1000)
    (tmp_path / "binary").write_bytes(b"hit\0\nhit")
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")
    return tmp_path


def test_lines_are_counted_by_file(tree: Path) -> None:
    plain = {"a.py": 2, "sub/b.py": 2, "sub/c.txt": 2, "binary": 2, "odd\nname.txt": 2}
    assert count(tree, "hit") == plain
    assert count(tree, "hit$") == {**plain, "binary": 1}
    assert count(tree, "hit", inside="sub") == {"sub/b.py": 2, "sub/c.txt": 2}
    assert count(tree, "nowhere") == {}
    assert count(tree, "hit", share="full") == {**plain, "rows.csv": 2, "rows.csv.gz": 2, "n.ipynb": 2}


def test_a_glob_makes_nothing_visible_that_is_not(tree: Path) -> None:
    assert set(count(tree, "hit", glob="*.py") or {}) <= {"a.py", "sub/b.py", "out/d.py"}
    assert set(count(tree, "hit", glob="sub/{b,c}.py") or {}) >= {"sub/b.py", "a.py"}  # not handed on
    assert count(tree, "hit", glob="*.ssh") == {}


@pytest.mark.parametrize("pattern", ["(?i)hit", r"(h)\1", r"hit\Z", "{,1}x{", r"\Ahit"])
def test_what_is_read_differently_is_not_counted(tree: Path, pattern: str) -> None:
    assert count(tree, pattern) is None


def test_names_are_listed(tree: Path) -> None:
    names = ripgrep.list_names(PROGRAM, tree, "")
    assert {"a.py", ".env", "rows.csv", "odd\nname.txt", "huge.txt"} <= set(names)
    assert not {"out/d.py", "node_modules/e.py", "link.py"} & set(names)


def test_what_takes_too_long_or_does_not_start_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolFailed, match="could not be started"):
        ripgrep.list_names(str(tree / "a.py"), tree, "")
    slow = tree / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(ripgrep, "LIMIT_S", 0.05)
    begun: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        begun.append(real(*arguments, **options))  # type: ignore[call-overload]
        return begun[-1]

    monkeypatch.setattr(ripgrep.subprocess, "Popen", start)
    with pytest.raises(ToolFailed, match="narrower path"):
        ripgrep.list_names(str(slow), tree, "")
    assert begun[0].returncode is not None
