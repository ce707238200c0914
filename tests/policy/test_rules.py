"""Policies: which requests they fit, and what is wrong with tables that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.policy.commands import effects
from loomkin_jupyter.policy.rules import Policy, read_policies


def fits(policy: Policy, **fields: Any) -> bool:
    base: dict[str, Any] = {
        "agent": "coder-2", "role": "coder", "tool": "file_write", "categories": ("files", "write"), "paths": (), "effects": None,
    }  # fmt: skip
    return policy.fits(**{**base, **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"agent": "coder-*"}, True),
        ({"agent": "lead"}, False),
        ({"role": "coder", "tool": "file_*"}, True),
        ({"role": "coder", "tool": "shell"}, False),
        ({"category": "write"}, True),
        ({"category": "network"}, False),
        ({"path": "src/**"}, False),
        ({"command": "ls *"}, False),
    ],
)
def test_every_given_field_must_fit(fields: dict[str, str], expected: bool) -> None:
    for effect in ("allow", "deny"):
        assert fits(Policy(effect=effect, **fields)) is expected


def test_a_denial_needs_one_path_an_allowance_all() -> None:
    paths = ("src/a.py", "docs/a.md")
    assert fits(Policy(effect="deny", path="src/**"), paths=paths)
    assert not fits(Policy(effect="allow", path="src/**"), paths=paths)
    assert fits(Policy(effect="allow", path="**"), paths=paths)


def test_a_denial_needs_one_part_an_allowance_all(project: Path) -> None:
    does = effects("pytest -q && rm a.py", project)
    assert fits(Policy(effect="deny", command="rm *"), effects=does)
    assert not fits(Policy(effect="allow", command="pytest *"), effects=does)


def test_labels() -> None:
    assert Policy(effect="deny", role="tester", command="rm *").label == "deny role=tester command=rm *"
    assert Policy(effect="allow").label == "allow everything"
    assert Policy(effect="allow", name="mine").label == "mine"


def test_tables_that_are_no_policies_are_told_and_left_out() -> None:
    found, problems = read_policies(
        [
            {"effect": "deny", "tool": "shell"},
            {"effect": "perhaps"},
            {},
            {"effect": "deny", "tol": "x"},
            {"effect": "deny", "tool": 3},
        ]
    )
    assert found == [Policy(effect="deny", tool="shell")]
    assert len(problems) == 4
    assert "number 2" in problems[0] and "'tol'" in problems[2]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["effect", "tool", "path", "x"]), st.none() | st.text(max_size=5) | st.integers()
        )
    )
)
def test_any_table_is_a_policy_or_a_problem(tables: list[dict[str, Any]]) -> None:
    found, problems = read_policies(tables)
    assert len(found) + len(problems) == len(tables)
