"""A project to attack: files, secrets, links that lead out."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.policy.paths import Confinement


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with everything that an attacker looks for."""
    root = tmp_path / "project"
    outside = tmp_path / "outside"
    for directory in ("src", "keys", "deep", "tests", "out", ".git/hooks"):
        (root / directory).mkdir(parents=True)
    outside.mkdir()
    (outside / "passwd").write_text("secret")
    (root / ".env").write_text("API_KEY=canary-value-1234\n")
    (root / "src" / ".env").write_text("X=1\n")
    (root / "keys" / "server.pem").write_text("key")
    (root / ".git" / "config").write_text("[core]\n")
    (root / "src" / "a.py").write_text("print(1)\n")
    (root / "a.py").write_text("print(1)\n")
    (root / "LOOMKIN.md").write_text("# x\n")
    (root / "link_out").symlink_to(outside)
    (root / "link_file").symlink_to(outside / "passwd")
    (root / "deep" / "link_up").symlink_to(tmp_path)
    (root / "innocent_name").symlink_to(root / ".env")
    (root / "link_git").symlink_to(root / ".git")
    return root


@pytest.fixture
def confinement(project: Path) -> Confinement:
    return Confinement(project)
