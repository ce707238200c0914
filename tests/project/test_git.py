"""Git in a real repository: what it shows, what it hides, what it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.secrets import secret_pathspecs
from loomkin_jupyter.project.git import Git, kind_of


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    for key, value in (("user.name", "T"), ("user.email", "t@example.org")):
        subprocess.run(["git", "-C", str(tmp_path), "config", key, value], check=True)
    return Git(tmp_path, Confinement(tmp_path).check, hidden=secret_pathspecs())


async def test_add_commit_and_look(git: Git) -> None:
    (git.root / "a.py").write_text("one\n")
    (git.root / ".env").write_text("KEY=canary\n")
    assert (await git.run("add", ["-A"])).ok
    assert (await git.run("commit", ["-m", "first"])).ok
    (git.root / "a.py").write_text("two\n")
    assert "+two" in (await git.run("diff", [])).output
    assert "+two" in (await git.run("diff", ["a.py"])).output
    assert "first" in (await git.run("log", ["--oneline"])).output
    assert "one" in (await git.run("show", ["HEAD:a.py"])).output
    assert "one" in (await git.run("blame", ["HEAD", "--", "a.py"])).output
    assert "canary" not in (await git.run("log", ["-p"])).output
    assert "?? .env" in (await git.run("status", ["--short"])).output


async def test_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="not a git repository"):
        await Git(tmp_path, Confinement(tmp_path).check).run("status", [])


def test_kinds() -> None:
    assert (kind_of("diff"), kind_of("commit"), kind_of("push")) == ("read", "write", "write")
