"""The live list of tools: which exist, which a role may use, and their schemas. Swappable while agents run.

Owns the names. Never runs a tool. Built-in tools come through the same entry-point door as a user's package; tools
declared in a cell arrive by themselves once the registry is ``follow``-ing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from types import ModuleType

from loomkin_jupyter.core.errors import ToolRetry, UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.tools.declare import ALL, DECLARED, ToolSpec, spec_of

GROUP = "loomkin_jupyter.tools"
BUILT_IN: tuple[str, ...] = (
    "files", "search", "code", "web", "shell", "python", "testing_tools", "git", "kernel", "notebook", "decisions", "peers", "tasks",
    "team", "people", "context_tools",
)  # fmt: skip
ORCHESTRATING_LOSES: frozenset[str] = frozenset({"write", "execute", "tests", "kernel_read", "kernel", "cells"})


class Registry:
    """Tools by name. ``version`` grows with each change, so that agents know when to take their list again."""

    def __init__(self, specs: Iterable[ToolSpec] = ()) -> None:
        self._specs: dict[str, ToolSpec] = {}
        self._custom_roles: dict[str, frozenset[str]] = {}
        self._schemas: tuple[int, dict[tuple[str, bool], list[JsonObject]]] = (0, {})
        self.version = 0
        self.problems: list[str] = []
        for spec in specs:
            self.add(spec)

    @classmethod
    def load(cls) -> Registry:
        """Return a registry with every built-in and installed tool; what fails to load is in ``problems``."""
        registry = cls()
        for name in BUILT_IN:
            registry.add_module(importlib.import_module(f"loomkin_jupyter.tools.{name}"))
        for point in entry_points(group=GROUP):
            if point.value.startswith("loomkin_jupyter.tools."):
                continue
            try:
                registry.add_module(point.load())
            except (ImportError, AttributeError, UsageError) as failed:
                registry.problems.append(f"Tools of {point.value} were not loaded: {failed}")
        return registry

    def follow(self) -> Callable[[], None]:
        """Take in tools declared in cells, those already declared and those to come; returns how to stop."""
        for spec in tuple(DECLARED.specs.values()):
            try:
                self.add(spec)
            except UsageError as failed:
                self.problems.append(str(failed))
        DECLARED.listeners.append(self.add)

        def stop() -> None:
            if self.add in DECLARED.listeners:
                DECLARED.listeners.remove(self.add)

        return stop

    def add(self, spec: ToolSpec) -> None:
        """Add a tool or put a new version in its place.

        :raises UsageError: when the name belongs to a built-in tool.
        """
        known = self._specs.get(spec.name)
        if known is not None and known.builtin and not spec.builtin:
            raise UsageError(f"{spec.name} is the name of a built-in tool.", "Give your tool another name.")
        # A new mapping instead of a change in place: readers on the loop never see a half-changed one.
        self._specs = {**self._specs, spec.name: spec}
        self.version += 1

    def add_module(self, module: ModuleType) -> None:
        """Add every function of ``module`` that carries a declaration and was declared there."""
        for value in tuple(vars(module).values()):
            spec = spec_of(value)
            if spec is not None and spec.function.__module__ == module.__name__:
                self.add(spec)

    def remove(self, name: str) -> None:
        """Take a tool out; nothing happens when it is not there."""
        if name in self._specs:
            self._specs = {k: v for k, v in self._specs.items() if k != name}
            self.version += 1

    def define_role(self, role: str, names: Iterable[str]) -> None:
        """Give a custom role its tools by name; built-in roles are fixed by the declarations.

        :raises UsageError: for a tool that does not exist.
        """
        wanted = frozenset(names)
        for name in sorted(wanted - set(self._specs)):
            raise UsageError(
                f"Role {role} names the unknown tool {name!r}.{nearest(name, self._specs)}", "Correct the name."
            )
        self._custom_roles = {**self._custom_roles, role: wanted}
        self.version += 1

    def get(self, name: str) -> ToolSpec:
        """Return a tool by name; raises ToolRetry with the nearest names."""
        spec = self._specs.get(name)
        if spec is None:
            close = nearest(name, self._specs) or f" Valid: {', '.join(sorted(self._specs))}."
            raise ToolRetry(f"There is no tool {name!r}.{close}")
        return spec

    def names(self) -> list[str]:
        """Return every tool's name, in order."""
        return sorted(self._specs)

    def allows(self, spec: ToolSpec, role: str, *, orchestrating: bool = False) -> bool:
        """Return whether a role may use a tool; an orchestrating lead keeps reading, coordinating and talking."""
        if orchestrating and spec.category in ORCHESTRATING_LOSES:
            return False
        custom = self._custom_roles.get(role)
        if custom is not None:
            return spec.name in custom
        return ALL in spec.roles or role in spec.roles

    def for_role(self, role: str, *, orchestrating: bool = False) -> list[ToolSpec]:
        """Return the tools of a role, by name."""
        specs = self._specs
        return [specs[name] for name in sorted(specs) if self.allows(specs[name], role, orchestrating=orchestrating)]

    def schemas(self, role: str, *, orchestrating: bool = False) -> list[JsonObject]:
        """Return a role's tools in the OpenAI chat format: the same list until the registry changes; don't change it."""
        version, known = self._schemas
        if version != self.version:
            version, known = self._schemas = (self.version, {})
        found = known.get((role, orchestrating))
        if found is None:
            found = [spec.schema() for spec in self.for_role(role, orchestrating=orchestrating)]
            known[role, orchestrating] = found
        return found

    def statistics(self) -> JsonObject:
        """Return counts for panels and doctor."""
        return {"tools": len(self._specs), "version": self.version, "problems": list(self.problems)}
