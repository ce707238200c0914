"""The shape of a playbook. Says what may stand where; never evaluates anything."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from loomkin_jupyter.core.errors import UsageError


class PlaybookError(UsageError):
    """A playbook is wrong; the message begins with file and line."""


class Extract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value to be taken from a text, by ``regex`` or by a ``json`` path."""

    regex: str = ""
    json: str = ""
    type: Literal["str", "int", "float", "bool", "any"] = msgspec.field(default="any", name="as")
    all: bool = False
    default: Any = msgspec.UNSET


class CallSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tool call with arguments that are templates."""

    call: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict[str, Any], name="with")
    id: str = ""
    when: str | bool = ""
    extract: dict[str, Extract] = {}


class Wait(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a message must be like; empty fields fit everything."""

    sender: str = msgspec.field(default="*", name="from")
    kind: str = ""
    pattern: str = ""
    task: str = ""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step; see the package's description."""

    id: str = ""
    when: str | bool = ""
    say: str = ""
    call: str = ""
    arguments: dict[str, Any] = msgspec.field(default_factory=dict[str, Any], name="with")
    calls: list[CallSpec] = []
    decide: list[dict[str, Any]] = []
    each: str | list[Any] = ""
    item: str = msgspec.field(default="item", name="as")
    extract: dict[str, Extract] = {}
    wait: Wait | list[Wait] | None = None
    set: dict[str, Any] = {}
    goto: str = ""
    most: int = 1
    report: str | None = None
    refused: bool = False

    def specs(self) -> list[CallSpec]:
        """Return the calls of the step in order, the short forms written out."""
        own = [CallSpec(self.call, self.arguments, "", "", self.extract)] if self.call else []
        decisions = [
            CallSpec("decision_log", {k: v for k, v in d.items() if k != "id"}, str(d.get("id", "")))
            for d in self.decide
        ]
        return [*own, *self.calls, *decisions]

    def waits(self) -> list[Wait]:
        """Return the conditions of a ``wait``."""
        if self.wait is None:
            return []
        return self.wait if isinstance(self.wait, list) else [self.wait]


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a request in words finds a playbook."""

    keywords: list[str] = []
    patterns: list[str] = []
    least: int = 1


class Playbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A team procedure: the steps of each agent."""

    name: str = msgspec.field(name="playbook")
    title: str
    about: str = ""
    match: Match = Match()
    defaults: dict[str, Any] = {}
    agents: dict[str, list[Step]]

    def steps_of(self, agent: str, role: str) -> list[Step] | None:
        """Return the steps of an agent by its name, else by its role, else by its name without a number."""
        for key in (agent, role, agent.rpartition("-")[0]):
            if key in self.agents:
                return self.agents[key]
        return None
