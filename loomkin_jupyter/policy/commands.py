"""Commands and rules: what a command may do, and whether a rule's pattern fits it. Never runs anything.

A pattern that allows must fit every part of the command; a pattern that denies needs one.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from loomkin_jupyter.policy.command_parts import CommandEffects, CommandPart, NotUnderstood, canonical, parse
from loomkin_jupyter.policy.effects import judge

__all__ = ["CommandEffects", "CommandPart", "NotUnderstood", "allows", "denies", "denies_text", "effects", "parse"]


def effects(command: str, root: Path, cwd: Path | None = None) -> CommandEffects:
    """Return what ``command`` may do when it is run in ``cwd`` (the root by default)."""
    try:
        parts = parse(command)
    except NotUnderstood as error:
        return judge((), command, root, cwd or root, problem=str(error))
    return judge(parts, command, root, cwd or root)


def allows(patterns: list[str], effects: CommandEffects) -> bool:
    """Return whether every part fits one of ``patterns`` and nothing about the command is uncertain.

    A part fits when its text equals the pattern or fits its wildcards (``pytest *`` is also ``pytest``). Parts with an
    environment of their own, paths out of the project or unknown ones, or a path in front of the name do not fit.
    """
    if not effects.parsed or not effects.parts or effects.secrets or effects.control:
        return False
    if effects.writes_outside or effects.reads_outside:
        return False
    return all(_allowed_part(part, patterns) for part in effects.parts)


def _allowed_part(part: CommandPart, patterns: list[str]) -> bool:
    if part.environment or not part.words or part.name != part.words[0]:
        return False
    for pattern in patterns:
        wanted = " ".join(pattern.split())
        if part.text == wanted or (wanted.endswith(" *") and part.text == wanted[:-2]):
            return True
        if "*" in wanted and fnmatchcase(part.text, wanted):
            return True
    return False


def denies(pattern: str, effects: CommandEffects) -> bool:
    """Return whether one part fits ``pattern``: its words in front, wildcards, other spelling of the same options."""
    wanted = pattern.split()
    return bool(wanted) and any(_denied_part(part, wanted) for part in effects.parts)


def denies_text(pattern: str, command: str) -> bool:
    """Return whether an unparsable command contains what ``pattern`` denies: then it must not run on an *ask* alone."""
    text = " ".join(command.split())
    return fnmatchcase(text, f"*{' '.join(pattern.split()).rstrip('* ')}*")


def _denied_part(part: CommandPart, wanted: list[str]) -> bool:
    if not part.words:
        return False
    plain = canonical(part.words)
    if not any("*" in word for word in wanted) and _holds(plain, canonical(tuple(wanted))):
        return True
    for words in {tuple(part.words), (part.name, *part.words[1:]), plain}:
        # A first word with wildcards (docs/**) has no other spelling: its last part alone would fit everything.
        for pattern in (tuple(wanted), tuple(wanted) if "*" in wanted[0] else canonical(tuple(wanted))):
            text, form = " ".join(words), " ".join(pattern)
            if text == form or text.startswith(form + " ") or fnmatchcase(text, form):
                return True
            if form.endswith(" *") and text == form[:-2]:
                return True
    return False


def _holds(plain: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return whether a call has the wanted words in front and all wanted options, whatever other options it has."""
    words, options = _sorted_out(plain)
    first, needed = _sorted_out(wanted)
    return words[: len(first)] == first and needed <= options


def _sorted_out(words: tuple[str, ...]) -> tuple[list[str], set[str]]:
    plain = [word for word in words if not word.startswith("-")]
    long = {word for word in words if word.startswith("--")}
    short = {f"-{letter}" for word in words if word.startswith("-") and word not in long for letter in word[1:]}
    return plain, long | short
