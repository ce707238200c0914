"""The words of the gate: what is asked of it, what it answers, what it found out on the way. Data only."""

from __future__ import annotations

import msgspec

from loomkin_jupyter.core.status import Preset
from loomkin_jupyter.policy.command_parts import CommandEffects
from loomkin_jupyter.policy.paths import PathVerdict
from loomkin_jupyter.policy.presets import Facts


class PermissionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One tool call that wants to do something. ``kind`` is read, write, execute, coordinate or network.

    ``target`` is one line for people; ``paths`` are (path, read | write) as the tool will use them; ``command`` is the
    shell text, judged part by part; ``detail`` is what a person should see before answering (a diff, the code);
    ``reason`` is the agent's. ``sandboxed``: the tool will run it inside the sandbox; ``network``: it needs one.
    """

    call: str
    agent: str
    role: str
    tool: str
    kind: str
    category: str = ""
    target: str = ""
    paths: tuple[tuple[str, str], ...] = ()
    command: str | None = None
    cwd: str = ""
    detail: str = ""
    reason: str = ""
    effect: str = ""
    team: str = ""
    run: str = ""
    sandboxed: bool = False
    network: bool = False
    reversible: bool = True


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's answer. ``rule`` says what decided, ``reason`` is what the agent reads when it is no.

    ``network`` and ``outside`` say what the sandbox must open for it: the network, and these paths for writing.
    """

    allowed: bool
    rule: str
    reason: str = ""
    by: str = "gate"
    network: bool = False
    outside: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A request after it was looked at: real paths, effects of its command, and the facts for the preset."""

    verdicts: tuple[tuple[PathVerdict, str], ...]
    effects: CommandEffects | None
    facts: Facts
    read: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    outside_writes: tuple[str, ...] = ()

    @property
    def touched(self) -> tuple[str, ...]:
        """Every path it names, project-relative, or absolute outside."""
        return (*self.read, *self.written, *self.outside)


def unattended_text(tool: str, preset: Preset) -> str:
    """Return what a refused agent and its person read where nobody could be asked."""
    return (
        f"{tool} needs a person's permission and nobody can answer here. Run with --trust {preset} "
        f"(%%loomkin --trust {preset}, or LOOMKIN_TRUST={preset}), or allow it under 'Allowed Operations' in LOOMKIN.md."
    )
