"""The ledger is complete and says *proven* only where a scenario that carries the row's id exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LAST = {"T": 31, "M": 20, "C": 12, "L": 7, "S": 3, "U": 19, "K": 8, "J": 12, "X": 5}
"""The last row of each part; every part begins at 1 and leaves nothing out."""

_ROW = re.compile(r"^\| (?P<id>[A-Z]\d+) \| (?P<promise>.+?) \| (?P<state>\w+) \| ?(?P<scenario>.*?) ?\|$")
_SCENARIO = re.compile(r"`(?P<file>test_\w+\.py)::(?P<test>test_\w+)`")


def rows() -> dict[str, re.Match[str]]:
    found = [_ROW.match(line) for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines()]
    listed = [match for match in found if match is not None]
    assert len({row["id"] for row in listed}) == len(listed), "a row stands twice"
    return {row["id"]: row for row in listed}


def scenarios_in(row: re.Match[str]) -> list[str]:
    """Return the scenarios that a row names, as FILE::TEST."""
    return [f"{scenario['file']}::{scenario['test']}" for scenario in _SCENARIO.finditer(row["scenario"])]


def scenarios_of(file: str) -> set[str]:
    """Return the names of the tests of a file, without importing it."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    defined = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in defined if node.name.startswith("test_")}


def test_every_promise_has_its_row_and_no_other() -> None:
    assert list(rows()) == [f"{part}{number}" for part, last in LAST.items() for number in range(1, last + 1)]


def test_every_row_is_open_or_proven() -> None:
    assert {row["state"] for row in rows().values()} <= {"open", "proven"}


@pytest.mark.parametrize("row", [row for row in rows().values() if row["state"] == "proven"], ids=lambda row: row["id"])
def test_a_proven_row_names_a_scenario_that_exists_and_carries_its_id(row: re.Match[str]) -> None:
    named = list(_SCENARIO.finditer(row["scenario"]))
    assert named, f"{row['id']} names no scenario"
    for scenario in named:
        assert f"_{row['id']}_" in scenario["test"], f"{scenario['test']} does not carry {row['id']}"
        assert scenario["test"] in scenarios_of(scenario["file"]), f"there is no {scenario['file']}::{scenario['test']}"


def test_a_scenario_carries_only_ids_of_rows() -> None:
    listed = rows()
    for file in HERE.glob("test_*.py"):
        for name in scenarios_of(file.name):
            unknown = set(re.findall(r"_([TMCLSUKJX]\d+)(?=_)", name)) - listed.keys()
            assert not unknown, f"{file.name}::{name} carries {unknown}"
