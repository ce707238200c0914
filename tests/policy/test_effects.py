"""What commands do: each row of the attack table has its effect, no row of the legitimate table has one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loomkin_jupyter.policy.commands import effects

HERE = Path(__file__).parent / "attacks"
ATTACKS = json.loads((HERE / "commands.json").read_text(encoding="utf-8"))
LEGITIMATE = json.loads((HERE / "legitimate.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: row["command"][:50])
def test_an_attack_shows(row: dict[str, str], project: Path) -> None:
    found = effects(row["command"], project)
    shows = {
        "secret": bool(found.secrets),
        "catastrophe": bool(found.catastrophic),
        "outside": bool(found.writes_outside or found.reads_outside),
        "network": found.network,
        "control": bool(found.control),
        "ask": not found.parsed or any(path.startswith("?") for path in found.reads_outside),
    }
    assert shows[row["why"]], found


@pytest.mark.parametrize("command", LEGITIMATE, ids=lambda command: command[:50])
def test_ordinary_work_is_not_in_the_way(command: str, project: Path) -> None:
    found = effects(command, project)
    assert found.parsed, found.problem
    assert not found.secrets
    assert not found.catastrophic
    assert not found.network
    assert not found.control
    assert not found.writes_outside
    assert not [path for path in found.reads_outside if not path.startswith("?")]


def test_cd_moves_what_relative_paths_mean(project: Path) -> None:
    assert effects("cd src && rm a.py", project).writes == ("src/a.py",)
    assert effects("cd $X && rm a.py", project).writes_outside


def test_destruction_shows(project: Path) -> None:
    for command in (
        "rm a.py",
        "git reset --hard",
        "git clean -fd",
        "find . -delete",
        "truncate -s0 a.py",
        "git push --force",
    ):
        assert effects(command, project).destructive, command
    assert not effects("pytest -q", project).destructive
