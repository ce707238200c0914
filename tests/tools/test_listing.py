"""The walk lists what ripgrep lists; links, pipes, secrets and what is ignored are left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.tools import listing, ripgrep

_needs_ripgrep = pytest.mark.skipif(ripgrep.program() is None, reason="ripgrep is not installed")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Confinement:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = tmp_path / "repository" / "project"
    files = {
        "../.git/info/exclude": "private.txt\n",
        "../.gitignore": "/project/above.txt\n*.tmp\n",
        "../../home/.config/git/ignore": "*.swp\n",
        ".gitignore": "build/\n*.log\n!keep.log\n/only_here.txt\ndeep/**/x.md\n",
        "sub/.gitignore": "!*.log\nlocal.txt\n",
        ".ignore": "shown.log\nfrom_ignore.txt\n",
        ".rgignore": "!from_ignore.txt\nfrom_rg.txt\n",
    }
    names = (
        "a.py .hidden above.txt a.tmp a.swp private.txt build/gen.py x.log keep.log only_here.txt sub/only_here.txt sub/y.log "
        "sub/local.txt local.txt deep/a/b/x.md deep/y.md shown.log from_ignore.txt from_rg.txt node_modules/m.js "
        "sub/node_modules/m.js .env .ENV sub/id_rsa sub/id_rsa.pub .ssh/config .env.d/x gcloud/y"
    )
    for name, text in {**dict.fromkeys(names.split(), "text"), **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "link.py").symlink_to(root / "a.py")
    (root / "linked").symlink_to(root / "sub")
    os.mkfifo(root / "pipe")
    return Confinement(root)


_EXPECTED = {
    "a.py", ".hidden", ".gitignore", ".ignore", ".rgignore", "keep.log", "sub/.gitignore", "sub/only_here.txt", "sub/y.log",
    "sub/id_rsa.pub", "local.txt", "deep/y.md", "from_ignore.txt",
}  # fmt: skip


def test_the_walk_keeps_ripgreps_rules(project: Confinement) -> None:
    assert set(listing.few_files(project, project.root) or []) == _EXPECTED
    assert listing.few_files(project, project.root, 3) is None
    below = {name for name in _EXPECTED if name.startswith("sub/")}
    assert set(listing.few_files(project, project.root / "sub") or []) == below


@_needs_ripgrep
def test_ripgrep_lists_the_same(project: Confinement) -> None:
    assert {n for n in listing.all_files(project, project.root) if listing.regular(project.root, n) >= 0} == _EXPECTED
    below = {name for name in _EXPECTED if name.startswith("sub/")}
    assert set(listing.all_files(project, project.root / "sub")) == below


def test_without_ripgrep_there_is_no_bound(project: Confinement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ripgrep, "program", lambda: None)
    monkeypatch.setattr(listing, "FEW", 2)
    assert set(listing.list_files(project, project.root)) == _EXPECTED


def test_sizes_are_of_files_only(project: Confinement) -> None:
    sizes = [listing.regular(project.root, name) for name in ("a.py", "link.py", "pipe", "sub", "gone")]
    assert sizes == [4, -1, -1, -1, -1]


def test_a_folder_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    assert list(listing.walk(tmp_path, "gone")) == []
