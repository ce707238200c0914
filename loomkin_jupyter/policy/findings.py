"""Looking at a request: which paths it really touches, what its command does, which line of LOOMKIN.md speaks of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from loomkin_jupyter.policy.command_parts import CommandEffects, CommandPart
from loomkin_jupyter.policy.commands import allows, denies, denies_text, effects
from loomkin_jupyter.policy.paths import Confinement, PathRefused, PathVerdict, matches
from loomkin_jupyter.policy.presets import Facts
from loomkin_jupyter.policy.request import Found, PermissionRequest
from loomkin_jupyter.project.loomkin_md import Operation

_PRIVATE_TMP = re.compile(r"^(/private)?/(tmp|var/tmp)(/|$)")


def look(request: PermissionRequest, confinement: Confinement) -> Found:
    """Return what there is to know about ``request`` before anybody decides. Touches the disk for names only."""
    base = Path(request.cwd) if request.cwd else None
    verdicts: list[tuple[PathVerdict, str]] = []
    impossible: list[str] = []
    for path, access in request.paths:
        try:
            verdicts.append((confinement.verdict(path, base), access))
        except PathRefused:
            impossible.append(path)
    does = None if request.command is None else effects(request.command, confinement.root, base)
    outside, outside_writes = _outside(verdicts, does, request.sandboxed)
    facts = Facts(
        kind=request.kind,
        confined=not outside and not impossible,
        control=any(v.control and access == "write" for v, access in verdicts) or bool(does and does.control),
        sandboxed=request.sandboxed,
        network=request.network or request.kind == "network" or bool(does and does.network),
        understood=does is None or does.parsed,
    )
    return Found(
        verdicts=tuple(verdicts),
        effects=does,
        facts=facts,
        read=tuple(v.relative for v, access in verdicts if access == "read" and v.inside),
        written=tuple(v.relative for v, access in verdicts if access != "read" and v.inside)
        + (does.writes if does else ()),
        secrets=tuple(str(v.path) for v, _ in verdicts if v.secret) + (does.secrets if does else ()),
        outside=outside,
        outside_writes=outside_writes,
    )


def _outside(
    verdicts: Sequence[tuple[PathVerdict, str]], does: CommandEffects | None, sandboxed: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return every path outside the project, and those that would be written. In the sandbox /tmp is its own."""
    reads = [str(v.path) for v, access in verdicts if not v.inside and access == "read"]
    writes = [str(v.path) for v, access in verdicts if not v.inside and access != "read"]
    if does is not None:
        private = [bool(sandboxed and _PRIVATE_TMP.match(path)) for path in (*does.reads_outside, *does.writes_outside)]
        kept = len(does.reads_outside)
        reads += [path for path, own in zip(does.reads_outside, private[:kept], strict=True) if not own]
        writes += [path for path, own in zip(does.writes_outside, private[kept:], strict=True) if not own]
    return tuple(dict.fromkeys((*reads, *writes))), tuple(dict.fromkeys(writes))


def denied_operation(operations: Sequence[Operation], request: PermissionRequest, found: Found) -> Operation | None:
    """Return the first denied operation that speaks of any part of the request."""
    return next((operation for operation in operations if _denied(operation, request, found)), None)


def _denied(operation: Operation, request: PermissionRequest, found: Found) -> bool:
    subject, pattern = operation.subject, operation.pattern
    if subject in ("shell", "any") and _denied_command(pattern, request, found):
        return True
    if subject == "git" and _denied_command(
        pattern if pattern.startswith("git ") else f"git {pattern}", request, found
    ):
        return True
    if subject == "write" and any(matches(path, pattern) for path in found.written):
        return True
    read = found.read + (found.effects.paths if found.effects else ())
    if subject == "read" and any(matches(path, pattern) for path in read):
        return True
    if subject == "any" and any(matches(path, pattern) for path in found.written):
        return True
    return subject in ("tool", "any") and any(
        fnmatchcase(name, pattern) for name in (request.tool, request.kind) if name
    )


def _denied_command(pattern: str, request: PermissionRequest, found: Found) -> bool:
    if request.tool == "git" and request.command is None:
        words = tuple(request.target.split())
        words = words if words[:1] == ("git",) else ("git", *words)
        return denies(pattern, CommandEffects(parts=(CommandPart(words=words),)))
    if request.command is None or found.effects is None:
        return False
    if not found.effects.parsed:
        return denies_text(pattern, request.command)
    return denies(pattern, found.effects)


def allowed_operation(operations: Sequence[Operation], request: PermissionRequest, found: Found) -> Operation | None:
    """Return the operation that allows the request, when every part of it is allowed (by this or its fellows)."""
    fitting = [operation for operation in operations if operation.subject in _subjects(request)]
    if request.command is not None and found.effects is not None:
        shell = [operation for operation in fitting if operation.subject == "shell"]
        if shell and allows([operation.pattern for operation in shell], found.effects):
            return next((one for one in shell if allows([one.pattern], found.effects)), shell[0])
        return None
    if request.kind in ("read", "write") and found.touched and not found.outside:
        for operation in fitting:
            if operation.subject == request.kind and all(matches(path, operation.pattern) for path in found.touched):
                return operation
    if request.tool == "git":
        for operation in fitting:
            wanted = operation.pattern.removeprefix("git ").strip()
            if operation.subject == "git" and fnmatchcase(request.target.removeprefix("git ").strip(), wanted):
                return operation
    if not found.facts.confined:
        return None
    return next((one for one in fitting if one.subject == "tool" and fnmatchcase(request.tool, one.pattern)), None)


def _subjects(request: PermissionRequest) -> tuple[str, ...]:
    if request.command is not None:
        return ("shell",)
    return ("git", "tool") if request.tool == "git" else (request.kind, "tool")
