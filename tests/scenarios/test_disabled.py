"""A proven row fails without its feature: its functions are emptied in a copy of the package, its scenarios run there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.disabled import DISABLED, place, switch_off
from tests.scenarios.test_ledger import rows, scenarios_in

ROOT = Path(__file__).parents[2]
PROVEN = {row: scenarios_in(match) for row, match in rows().items() if match["state"] == "proven"}
NOT_COPIED = shutil.ignore_patterns("__pycache__", "node_modules", ".hypothesis", "*.pyc")
_OUTCOME = re.compile(r"^(FAILED|ERROR) (?P<test>\S+)", re.MULTILINE)


def copy_of_the_project(folder: Path) -> Path:
    """Return a copy of package, tests and settings that runs by itself."""
    copy = folder / "copy"
    for name in ("loomkin_jupyter", "tests", "notebooks"):
        shutil.copytree(ROOT / name, copy / name, ignore=NOT_COPIED)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def impatient(copy: Path) -> None:
    """What will not come is not waited for as long as what comes late."""
    shared = copy / "tests" / "scenarios" / "conftest.py"
    text = shared.read_text(encoding="utf-8")
    assert "LONG = 120.0" in text
    shared.write_text(text.replace("LONG = 120.0", "LONG = 30.0"), encoding="utf-8")


def run(copy: Path, scenarios: list[str]) -> tuple[set[str], str]:
    """Run scenarios in the copy; return those that did not pass, and what was said."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--timeout=280", "-m", "not long"]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, *(f"tests/scenarios/{scenario}" for scenario in scenarios)],
        cwd=copy, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), f"the scenarios could not be run: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    missed = {
        re.sub(r"\[.*", "", match["test"]).removeprefix("tests/scenarios/") for match in _OUTCOME.finditer(done.stdout)
    }
    return missed, done.stdout


def test_every_proven_row_can_be_switched_off() -> None:
    assert PROVEN.keys() <= DISABLED.keys(), f"say how to switch off {sorted(PROVEN.keys() - DISABLED.keys())}"
    for off in (off for places in DISABLED.values() for off in places):
        place(ROOT / "loomkin_jupyter", off)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_copy_itself_keeps_every_promise(tmp_path: Path) -> None:
    every = list(dict.fromkeys(scenario for scenarios in PROVEN.values() for scenario in scenarios))
    missed, said = run(copy_of_the_project(tmp_path), every)
    assert not missed, said[-6000:]


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("row", PROVEN)
def test_without_its_feature_a_promise_is_seen_to_be_broken(row: str, tmp_path: Path) -> None:
    copy = copy_of_the_project(tmp_path)
    for off in DISABLED[row]:
        switch_off(copy / "loomkin_jupyter", off)
    impatient(copy)
    missed, said = run(copy, PROVEN[row])
    assert missed >= set(PROVEN[row]), f"{set(PROVEN[row]) - missed} passed all the same\n{said[-3000:]}"
