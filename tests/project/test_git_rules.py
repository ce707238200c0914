"""Arguments of git: every row of the attack table is refused; ordinary ones pass unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.project.git_rules import check

ROWS = json.loads((Path(__file__).parents[1] / "policy" / "attacks" / "git.json").read_text(encoding="utf-8"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link_out").symlink_to("/etc")
    return tmp_path / "project"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['operation']} {row['args']}"[:50])
def test_an_attack_is_refused(row: dict[str, Any], root: Path) -> None:
    with pytest.raises(ToolFailed):
        check(row["operation"], row["args"], Confinement(root).check)


@pytest.mark.parametrize(
    ("operation", "args"),
    [
        ("status", ["--short"]),
        ("diff", []),
        ("diff", ["HEAD~1..HEAD", "--", "src"]),
        ("diff", ["main...feature", "--stat"]),
        ("log", ["--oneline", "-n", "5"]),
        ("log", ["-5"]),
        ("log", ["-n5", "--format=%h %s", "a.py"]),
        ("show", ["HEAD:src/a.py"]),
        ("blame", ["-L", "1,5", "a.py"]),
        ("add", ["-A"]),
        ("add", ["a.py", "src"]),
        ("commit", ["-m", "one line\n\nand more; rm -rf /"]),
        ("commit", ["-am", "text with ../.. and --output=x"]),
        ("reset", ["a.py"]),
    ],
)
def test_ordinary_arguments_pass(operation: str, args: list[str], root: Path) -> None:
    assert check(operation, args, Confinement(root).check) == args
