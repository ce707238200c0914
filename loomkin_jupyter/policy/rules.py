"""Policies: explicit allow and deny rules by agent, role, tool, category, path and command. Data and matching only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from loomkin_jupyter.policy.commands import CommandEffects, allows, denies
from loomkin_jupyter.policy.paths import matches


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. Empty fields fit everything; the given ones must all fit. ``name`` is what the audit shows."""

    effect: Literal["allow", "deny"]
    agent: str = ""
    role: str = ""
    tool: str = ""
    category: str = ""
    path: str = ""
    command: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """What the audit shows."""
        if self.name:
            return self.name
        fields = {"agent": self.agent, "role": self.role, "tool": self.tool, "category": self.category}
        fields |= {"path": self.path, "command": self.command}
        return f"{self.effect} " + (
            " ".join(f"{key}={value}" for key, value in fields.items() if value) or "everything"
        )

    def fits(
        self,
        *,
        agent: str,
        role: str,
        tool: str,
        categories: Sequence[str],
        paths: Sequence[str],
        effects: CommandEffects | None,
    ) -> bool:
        """Return whether the rule speaks of this request. A deny needs one path or part to fit, an allow all of them."""
        if not all(
            _glob(value, wanted) for value, wanted in ((agent, self.agent), (role, self.role), (tool, self.tool))
        ):
            return False
        if self.category and self.category not in categories:
            return False
        if self.path:
            hits = [matches(path, self.path) for path in paths]
            if not hits or not (any(hits) if self.effect == "deny" else all(hits)):
                return False
        if self.command:
            if effects is None:
                return False
            return denies(self.command, effects) if self.effect == "deny" else allows([self.command], effects)
        return True


def read_policies(tables: Sequence[Mapping[str, Any]], source: str = ".loomkin.toml") -> tuple[list[Policy], list[str]]:
    """Return policies of ``[[permissions.policy]]`` tables, and what is wrong with those that are none."""
    found: list[Policy] = []
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        try:
            policy = msgspec.convert(dict(table), Policy, strict=True)
            unknown = set(table) - set(Policy.__struct_fields__)
            if unknown:
                raise msgspec.ValidationError(f"unknown field {sorted(unknown)[0]!r}")
        except msgspec.ValidationError as error:
            problems.append(f"{source}: permissions.policy number {number} is left out: {error}")
            continue
        found.append(policy)
    return found, problems


def _glob(value: str, wanted: str) -> bool:
    return not wanted or fnmatchcase(value, wanted)
