"""Folder trust: by content, kept outside the folder, and lost with any change of what it covered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loomkin_jupyter.policy.rules import Policy
from loomkin_jupyter.policy.trust import FolderTrust, control_digest, tightened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "LOOMKIN.md").write_text("## Rules\n- be kind\n")
    return folder


@pytest.fixture
def trust(tmp_path: Path) -> FolderTrust:
    return FolderTrust(tmp_path / "user" / "trusted.json")


def test_a_folder_without_control_files_needs_no_trust(trust: FolderTrust, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    assert control_digest(tmp_path) == ""
    assert trust.is_trusted(tmp_path)


def test_trust_is_asked_for_once_and_can_be_taken_back(trust: FolderTrust, root: Path, tmp_path: Path) -> None:
    assert not trust.is_trusted(root)
    assert trust.trust(root) == control_digest(root)
    (root / "a.py").write_text("ordinary files do not count\n")
    assert FolderTrust(tmp_path / "user" / "trusted.json").is_trusted(root), "it is kept, outside the project"
    assert sorted(path.name for path in root.iterdir()) == ["LOOMKIN.md", "a.py"]
    trust.distrust(root)
    assert not trust.is_trusted(root)
    trust.distrust(root)


@pytest.mark.parametrize(
    "path",
    [
        "LOOMKIN.md",
        ".loomkin.toml",
        ".mcp.json",
        ".agents/skills/x/SKILL.md",
        ".claude/skills/x/run.sh",
        ".loomkin/hooks/before",
        ".githooks/pre-commit",
        ".husky/pre-push",
    ],
)
def test_any_change_of_a_control_file_asks_again(trust: FolderTrust, root: Path, path: str) -> None:
    trust.trust(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("## Allowed Operations\n- Shell: `*`\n")
    assert not trust.is_trusted(root)
    trust.trust(root)
    assert trust.is_trusted(root)
    (root / path).rename(root / f"{path}.old")
    assert not trust.is_trusted(root) or control_digest(root) == ""


def test_moved_content_is_other_content(root: Path) -> None:
    (root / ".githooks").mkdir()
    (root / ".githooks" / "a").write_text("1")
    (root / ".githooks" / "b").write_text("2")
    before = control_digest(root)
    (root / ".githooks" / "a").write_text("2")
    (root / ".githooks" / "b").write_text("1")
    assert control_digest(root) != before


def test_a_large_file_counts_by_its_content(root: Path) -> None:
    hook = root / ".githooks" / "large"
    hook.parent.mkdir()
    hook.write_bytes(b"a" * 6_000_000)
    before, stamp = control_digest(root), hook.stat()
    hook.write_bytes(b"a" * 5_999_999 + b"b")
    os.utime(hook, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert control_digest(root) != before


def test_skills_behind_a_link_count_too(root: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "skill"
    real.mkdir(parents=True)
    (real / "SKILL.md").write_text("one")
    (root / ".claude" / "skills").mkdir(parents=True)
    (root / ".claude" / "skills" / "linked").symlink_to(real)
    (real / "loop").symlink_to(real)
    before = control_digest(root)
    (real / "SKILL.md").write_text("two")
    assert control_digest(root) != before


def test_more_files_than_anybody_has_count_all(root: Path) -> None:
    skills = root / ".agents" / "skills"
    skills.mkdir(parents=True)
    for number in range(2_050):
        (skills / f"{number:05}").write_text("x")
    before = control_digest(root)
    (skills / "02049").write_text("evil")
    assert control_digest(root) != before


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"folders": 3}'])
def test_a_damaged_list_trusts_nothing(root: Path, tmp_path: Path, content: str) -> None:
    file = tmp_path / "trusted.json"
    file.write_text(content)
    trust = FolderTrust(file)
    assert not trust.is_trusted(root)
    trust.trust(root)
    assert trust.is_trusted(root)


def test_what_is_not_trusted_may_only_tighten() -> None:
    deny, allow = Policy(effect="deny", tool="shell"), Policy(effect="allow", tool="shell")
    assert tightened([allow, deny], trusted=False) == (deny,)
    assert tightened([allow, deny], trusted=True) == (allow, deny)
