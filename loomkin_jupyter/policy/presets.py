"""What the four presets let pass without a question. Pure: a table and one function; gate applies it last."""

from __future__ import annotations

from typing import Literal

import msgspec

from loomkin_jupyter.core.status import Preset

Verdict = Literal["allow", "ask"]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate found out about a request before the preset is asked.

    ``confined``: every path it names lies in the project. ``sandboxed``: it will run where only the project is
    writable. ``network``: it reaches beyond this machine. ``understood``: its command could be parsed.
    """

    kind: str
    confined: bool = True
    control: bool = False
    sandboxed: bool = False
    network: bool = False
    understood: bool = True


def preset_verdict(preset: Preset, facts: Facts) -> Verdict:
    """Return whether ``preset`` lets a request with these facts pass, or a person must be asked."""
    if preset == "full":
        return "allow"
    if facts.control or not facts.confined:
        return "ask"
    if facts.kind == "read":
        return "allow" if not facts.network else "ask"
    if preset == "strict" or facts.network or facts.kind == "network":
        return "ask"
    if facts.kind == "coordinate":
        return "allow"
    if preset == "autonomous" and facts.understood:
        if facts.kind == "write":
            return "allow"
        if facts.kind == "execute":
            return "allow" if facts.sandboxed else "ask"
    return "ask"


def lowest_preset(facts: Facts) -> Preset:
    """Return the most careful preset that lets a request with these facts pass."""
    for name in ("strict", "balanced", "autonomous"):
        if preset_verdict(name, facts) == "allow":
            return name
    return "full"
