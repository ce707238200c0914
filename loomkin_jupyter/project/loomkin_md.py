"""LOOMKIN.md and its kin: rules, allowed and denied operations, instructions. Reads only; policy/gate enforces.

The original's form is read as it is: level-2 sections ``Rules``, ``Allowed Operations``, ``Denied Operations``;
bullets ``Shell: `mix *`, `git status` ``. A category that ends in ``Denied`` denies wherever it stands.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

RULE_FILES = ("LOOMKIN.md", ".loomkin.md", "loomkin.md")
INSTRUCTION_FILES = ("AGENTS.md", "CLAUDE.md")
INSTRUCTIONS_CAP = 32_000
_LARGEST = 1_000_000
_HEADING = re.compile(r"^##\s+(.+?)\s*#*\s*$")
_BULLET = re.compile(r"^\s*[-*+]\s+(.*)$")
_CATEGORY = re.compile(r"^(?:\*\*)?([A-Za-z][A-Za-z _-]{1,30}?)(?:\*\*)?\s*:(?:\*\*)?\s+(.+)$")
_SUBJECTS = {
    "shell": "shell",
    "command": "shell",
    "commands": "shell",
    "bash": "shell",
    "file write": "write",
    "file writes": "write",
    "file edit": "write",
    "write": "write",
    "file read": "read",
    "read": "read",
    "tool": "tool",
    "tools": "tool",
    "network": "tool",
    "git": "git",
}


class Operation(msgspec.Struct, frozen=True):
    """One pattern. ``subject`` is shell, write, read, git, tool or any; ``line`` is where it stands (1-based)."""

    subject: str
    pattern: str
    line: int = 0
    source: str = "LOOMKIN.md"

    @property
    def label(self) -> str:
        """How a person finds it again."""
        return f"{self.source} line {self.line}: {self.pattern}"


class ProjectRules(msgspec.Struct, frozen=True):
    """What a project's files say. ``instructions`` holds (file, text), capped in total."""

    rules: tuple[str, ...] = ()
    allowed: tuple[Operation, ...] = ()
    denied: tuple[Operation, ...] = ()
    instructions: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()

    def prompt(self) -> str:
        """Return rules and instructions as text for a model, marked with the file they come from."""
        parts: list[str] = []
        if self.rules:
            parts.append("Rules of this project:\n" + "\n".join(f"- {rule}" for rule in self.rules))
        if self.denied:
            parts.append("Denied here (enforced):\n" + "\n".join(f"- {d.subject}: {d.pattern}" for d in self.denied))
        parts += [f"From {name}:\n{text}" for name, text in self.instructions]
        return "\n\n".join(parts)


def read_rules(root: Path, cap: int = INSTRUCTIONS_CAP) -> ProjectRules:
    """Return the rules of the first rule file, and the instructions of every instruction file, at most ``cap`` characters."""
    problems: list[str] = []
    parsed = ProjectRules()
    for name in RULE_FILES:
        text = _read(root / name, problems)
        if text is not None:
            parsed = parse_rules(text, name)
            break
    instructions = list(parsed.instructions)
    for name in INSTRUCTION_FILES:
        text = _read(root / name, problems)
        if text is not None and text.strip():
            instructions.append((name, text.strip()))
    return msgspec.structs.replace(
        parsed,
        instructions=tuple(_capped(instructions, cap, problems)),
        problems=(*parsed.problems, *problems),
    )


def parse_rules(text: str, source: str = "LOOMKIN.md") -> ProjectRules:
    """Return what ``text`` says; anything outside the three sections is instructions."""
    rules: list[str] = []
    allowed: list[Operation] = []
    denied: list[Operation] = []
    other: list[str] = []
    problems: list[str] = []
    section, fenced = "", False
    for number, line in enumerate(_without_comments(text).splitlines(), start=1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if not fenced and re.match(r"^#\s", line):
            section = ""  # a new chapter: what stands below it belongs to no section
        heading = None if fenced else _HEADING.match(line)
        if heading is not None:
            section = heading.group(1).strip().lower()
        bullet = None if fenced else _BULLET.match(line)
        if section == "rules" and bullet is not None:
            rules.append(bullet.group(1).strip())
        elif section in ("allowed operations", "denied operations") and bullet is not None:
            deny = section.startswith("denied")
            found, denies = _operations(bullet.group(1).strip(), number, deny, source)
            (denied if denies else allowed).extend(found)
            if not found:
                problems.append(
                    f"{source} line {number}: no pattern in {bullet.group(1).strip()!r}; write it as `Shell: pattern`"
                )
        elif section not in ("rules", "allowed operations", "denied operations"):
            other.append(line)
    body = "\n".join(other).strip()
    return ProjectRules(tuple(rules), tuple(allowed), tuple(denied), ((source, body),) if body else (), tuple(problems))


def _without_comments(text: str) -> str:
    """Return the text with comments blanked, line by line: nobody sees them, so they must not allow anything."""
    return re.sub(r"<!--.*?(-->|\Z)", lambda match: "\n" * match.group(0).count("\n"), text, flags=re.DOTALL)


def _operations(text: str, line: int, deny: bool, source: str) -> tuple[list[Operation], bool]:
    match = _CATEGORY.match(text)
    subject, rest = "any", text
    if match is not None:
        name = match.group(1).strip().lower().replace("_", " ")
        if name.endswith(" denied"):
            name, deny = name.removesuffix(" denied").strip(), True
        subject = _SUBJECTS.get(name, "")
        rest = match.group(2)
        if not subject:
            # An unknown category may deny anything it names, but it must never allow anything.
            subject, rest = ("any", rest) if deny else ("", "")
    elif not deny:
        return [], deny  # an allowance must say what it is for
    quoted = re.findall(r"`([^`]+)`", rest)
    patterns = quoted or [piece.strip() for piece in rest.split(",")]
    return [
        Operation(subject, pattern.strip(), line, source) for pattern in patterns if pattern.strip()
    ] if subject else [], deny


def _read(path: Path, problems: list[str]) -> str | None:
    try:
        if not path.is_file():
            return None
        data = path.read_bytes()[:_LARGEST]
    except OSError as error:
        problems.append(f"{path.name} could not be read: {error.strerror or error}")
        return None
    return data.decode("utf-8-sig", errors="replace")


def _capped(instructions: list[tuple[str, str]], cap: int, problems: list[str]) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    left = cap
    for name, text in instructions:
        if len(text) > left:
            problems.append(
                f"{name} is longer than the {cap:,} characters of instructions a prompt holds; its end is left out"
            )
            text = text[:left].rstrip() + "\n[cut]" if left > 0 else ""
        left = max(left - len(text), 0)
        if text:
            kept.append((name, text))
    return kept
