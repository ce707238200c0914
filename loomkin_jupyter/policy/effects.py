"""What the parts of a command touch: paths in and out of the project, secrets, the network, destruction. Reads names only.

Judged pessimistically: a word that may be a path is one, and an unknown command writes whatever it names.
"""

from __future__ import annotations

import glob
import itertools
import os
import re
from pathlib import Path

from loomkin_jupyter.policy.command_parts import CommandEffects, CommandPart, canonical
from loomkin_jupyter.policy.command_table import (
    DESTRUCTIVE,
    DESTRUCTIVE_GIT,
    DEVICES,
    NETWORK,
    NETWORK_VERBS,
    READERS,
    TEXT_ONLY,
)
from loomkin_jupyter.policy.paths import Confinement, PathRefused
from loomkin_jupyter.policy.secrets import is_secret

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_REMOTE = re.compile(r"^[\w.-]+@[\w.-]+:|^[\w-]+\.[\w.-]+:\S")
_SYSTEM = re.compile(r"^(/|~|\$HOME|/\*|~/\*?|/(bin|boot|dev|etc|home|lib|opt|proc|root|sbin|sys|usr|var)(/\*?)?)$")
_MOST_EXPANSIONS = 200


def judge(parts: tuple[CommandPart, ...], command: str, root: Path, cwd: Path, problem: str = "") -> CommandEffects:
    """Return the effects of ``parts``; with a ``problem``, what can be seen in the raw text, marked as not parsed."""
    judgement = _Judgement(root, cwd)
    if problem:
        # Only for warning and denying: nothing is ever allowed on the ground of this reading.
        for word in re.split(r"[\s;|&<>()\"'`=]+", command):
            judgement.word(word, writes=True)
        judgement.network |= bool(re.search(r"https?://|/dev/tcp/|\b(curl|wget|ssh|nc)\b", command))
        judgement.destructive |= bool(re.search(r"\brm\b|\bdd\b|\bmkfs|\bshred\b", command))
    else:
        for part in parts:
            judgement.part(part)
    return CommandEffects(
        parts=parts,
        writes_outside=tuple(dict.fromkeys(judgement.writes_outside)),
        reads_outside=tuple(dict.fromkeys(judgement.reads_outside)),
        network=judgement.network,
        destructive=judgement.destructive,
        catastrophic=judgement.catastrophic or _fork_bomb(command),
        secrets=tuple(dict.fromkeys(judgement.secrets)),
        control=tuple(dict.fromkeys(judgement.control)),
        paths=tuple(dict.fromkeys(judgement.paths)),
        writes=tuple(dict.fromkeys(judgement.writes)),
        parsed=not problem,
        problem=problem,
    )


class _Judgement:
    """Goes through the parts in order, because ``cd`` changes what later paths mean."""

    def __init__(self, root: Path, cwd: Path) -> None:
        self.confinement = Confinement(root)
        self.cwd: Path | None = cwd
        self.writes_outside: list[str] = []
        self.reads_outside: list[str] = []
        self.secrets: list[str] = []
        self.control: list[str] = []
        self.paths: list[str] = []
        self.writes: list[str] = []
        self.network = False
        self.destructive = False
        self.catastrophic = ""

    def part(self, part: CommandPart) -> None:
        for redirect in part.redirects:
            self._redirect(redirect.target, redirect.write, redirect.dynamic)
        for assignment in part.environment:
            self.word(assignment.partition("=")[2], writes=False)
        if not part.words:
            return
        self.network |= _reaches_network(part)
        self.destructive |= _destroys(part)
        self.catastrophic = self.catastrophic or _catastrophe(part)
        if part.name in ("cd", "pushd"):
            self._change_directory(part)
            return
        if part.words[0] != part.name:
            self.word(part.words[0], writes=False, system=True)
        if part.name in TEXT_ONLY:
            return
        writes = _writes(part)
        skip = _text_words(part)
        for place, word in enumerate(part.words[1:], start=1):
            if place in skip:
                continue
            if place in part.dynamic:
                self._dynamic(word, writes)
            else:
                self.word(word, writes=writes)

    def word(self, word: str, *, writes: bool, system: bool = False) -> None:
        """Judge one word as far as it may be a path, an option with a path, or a pattern of paths."""
        for text in _candidates(word):
            if _URL.match(text):
                if not text.lower().startswith("file://"):
                    self.network = True
                    continue
                text = text[7:]
            for path in self._expanded(text):
                self._path(path, writes, system)

    def _expanded(self, text: str) -> list[str]:
        found: list[str] = []
        for braced in _braces(text):
            found.append(braced)
            if any(mark in braced for mark in "*?[") and self.cwd is not None:
                pattern = str(self.cwd / os.path.expanduser(braced))  # noqa: PTH111 - an unknown ~user stays
                names = glob.iglob(pattern)  # noqa: PTH207 - the shell's own rules, absolute patterns too
                found += itertools.islice(names, _MOST_EXPANSIONS)
        return found

    def _path(self, text: str, writes: bool, system: bool = False) -> None:
        if text in DEVICES or re.match(r"^/dev/fd/\d+$", text) or not text or text == "-":
            return
        if text.startswith(("/dev/tcp/", "/dev/udp/")):
            self.network = True
            return
        if self.cwd is None and not text.startswith(("/", "~")):
            # After a cd to nobody knows where, a relative path may be anywhere.
            (self.writes_outside if writes else self.reads_outside).append(f"?/{text}")
            if is_secret(text):
                self.secrets.append(text)
            return
        try:
            verdict = self.confinement.verdict(text, self.cwd)
        except PathRefused:
            return
        if verdict.secret:
            self.secrets.append(text)
        if verdict.inside:
            self.paths.append(verdict.relative)
            if writes:
                self.writes.append(verdict.relative)
            if verdict.control and writes:
                self.control.append(verdict.relative)
        elif not system:
            (self.writes_outside if writes else self.reads_outside).append(str(verdict.path))

    def _redirect(self, target: str, write: bool, dynamic: bool) -> None:
        if dynamic:
            self._dynamic(target, write)
        else:
            self.word(target, writes=write)

    def _dynamic(self, word: str, writes: bool) -> None:
        home = re.sub(r"^\$(HOME\b|\{HOME\})", str(Path.home()), word)
        plain = re.sub(r"\$(PWD\b|\{PWD\})", str(self.cwd or ""), home)
        if "$" not in plain and "`" not in plain:
            self.word(plain, writes=writes)
            return
        if is_secret(re.sub(r"\$\{?\w+\}?", "x", plain)):
            self.secrets.append(word)
        if writes:
            self.writes_outside.append(f"?{word}")
        else:
            self.reads_outside.append(f"?{word}")

    def _change_directory(self, part: CommandPart) -> None:
        target = part.words[-1] if len(part.words) > 1 else "~"
        if part.dynamic or target == "-" or self.cwd is None:
            self.cwd = None
            return
        self.word(target, writes=False)
        try:
            self.cwd = self.confinement.locate(target, self.cwd)
        except PathRefused:
            self.cwd = None


def _candidates(word: str) -> list[str]:
    """Return the pieces of a word that may be paths: itself, an option's value, both sides of ``key=value``, ``@file``."""
    found: list[str] = []
    body = word
    if word.startswith("--"):
        body = word.partition("=")[2]
    elif word.startswith("-") and len(word) > 2:
        body = word[2:].removeprefix("=")
        if not re.match(r"[/~.]", body):
            body = body.partition("=")[2]
    elif word.startswith("-"):
        return []
    if body:
        found.append(body)
        left, mark, right = body.partition("=")
        if mark and re.match(r"^[\w.-]+$", left):
            found.append(right)
        if body.startswith("@") and len(body) > 1:
            found.append(body[1:])
        if ":" in body and not _URL.match(body):
            found += [piece for piece in body.split(":") if piece.startswith(("/", "~", "."))]
    return found


def _braces(text: str) -> list[str]:
    match = re.search(r"\{([^{}]*,[^{}]*)\}", text)
    if match is None:
        return [text]
    found: list[str] = []
    for piece in match.group(1).split(","):
        found += _braces(text[: match.start()] + piece + text[match.end() :])
        if len(found) > _MOST_EXPANSIONS:
            break
    return found


def _text_words(part: CommandPart) -> set[int]:
    """Return the places of words that are text by the command's own rules: messages, patterns, programs."""
    skip: set[int] = set()
    words = part.words
    if part.name == "git":
        skip |= {
            at + 1 for at, word in enumerate(words) if word in ("-m", "--message", "--author", "--grep", "-S", "-G")
        }
        skip |= {
            at
            for at, word in enumerate(words)
            if word.startswith(("--message=", "--author=", "--grep=", "--format=", "--pretty="))
        }
        skip |= {
            at
            for at, word in enumerate(words)
            if re.fullmatch(r"[\w/@{}^~-]*\.\.\.?[\w/@{}^~-]*", word) and not _climbs(word)
        }
    elif part.name in ("grep", "egrep", "fgrep", "rg", "ag", "sed", "awk", "gawk", "jq"):
        if not any(word in ("-e", "-f", "--regexp", "--file", "--from-file") for word in words):
            first = next((at for at, word in enumerate(words) if at and not word.startswith("-")), 0)
            skip.add(first)
        skip |= {at + 1 for at, word in enumerate(words) if word in ("-e", "--regexp")}
    return skip


def _climbs(word: str) -> bool:
    return ".." in word.split("/")


def _writes(part: CommandPart) -> bool:
    words = part.words
    if part.name not in READERS:
        return not (
            part.name == "git"
            and len(canonical(words)) > 1
            and canonical(words)[1] in ("status", "diff", "log", "show", "blame")
        )
    if part.name == "sed":
        return any(re.match(r"^-[a-zA-Z]*i", word) or word.startswith("--in-place") for word in words)
    if part.name == "sort":
        return any(word.startswith(("-o", "--output")) for word in words)
    if part.name in ("find", "fd"):
        return any(
            word in ("-delete", "-fprint", "-fls", "-fprintf") or "exec" in word or word in ("-ok", "-x", "-X")
            for word in words
        )
    # awk can print into files and run commands from inside its program.
    return part.name in ("awk", "gawk") and any(re.search(r"system\s*\(|>|\|", word) for word in words)


def _verb(part: CommandPart) -> str:
    return next((word for word in canonical(part.words)[1:] if not word.startswith("-")), "")


def _reaches_network(part: CommandPart) -> bool:
    if part.name in NETWORK:
        return True
    if part.name in NETWORK_VERBS:
        verbs = NETWORK_VERBS[part.name]
        return not verbs or _verb(part) in verbs
    if re.fullmatch(r"python[\d.]*", part.name) and "-m" in part.words:
        module = part.words[part.words.index("-m") + 1 :]
        return (module[:1] == ("pip",) and module[1:2] in (("install",), ("download",))) or module[:1] == (
            "http.server",
        )
    return part.name in ("rsync", "svn", "mail") and any(_REMOTE.match(word) for word in part.words)


def _destroys(part: CommandPart) -> bool:
    short = {letter for word in part.words[1:] if re.match(r"^-[A-Za-z]+$", word) for letter in word[1:]}
    if part.name in DESTRUCTIVE or part.name.startswith("mkfs"):
        return True
    if part.name == "rm":
        return True
    if part.name == "dd":
        return any(word.startswith("of=") for word in part.words)
    if part.name in ("chmod", "chgrp"):
        return "R" in short
    if part.name == "truncate":
        return True
    if part.name in ("find", "fd"):
        return "-delete" in part.words
    if part.name == "git":
        plain = canonical(part.words)
        flags = DESTRUCTIVE_GIT.get(plain[1] if len(plain) > 1 else "")
        return flags is not None and (not flags or any(word in flags for word in part.words))
    return False


def _catastrophe(part: CommandPart) -> str:
    """Return what would be lost for good beyond any project, or ''."""
    targets = [word for word in part.words[1:] if not word.startswith("-")]
    recursive = any(re.match(r"^-[A-Za-z]*[rR]", word) or word == "--recursive" for word in part.words[1:])
    if part.name in ("rm", "chmod", "chown", "chgrp") and recursive:
        for target in targets:
            if _SYSTEM.match(re.sub(r"^/+", "/", os.path.normpath(target)) if target.startswith("/") else target):
                return f"{part.name} of {target}, recursively"
    if part.name.startswith("mkfs") or part.name in ("wipefs", "fdisk", "parted", "sfdisk"):
        return f"{part.name} formats a disk"
    if part.name in ("shutdown", "reboot", "halt", "poweroff"):
        return f"{part.name} stops the machine"
    if part.name in ("dd", "tee", "cp", "shred"):
        for word in part.words[1:]:
            if re.match(r"^(of=)?/dev/(sd|nvme|hd|vd|mem|disk|mapper)", word):
                return f"{part.name} overwrites a disk"
    if any(
        redirect.write and re.match(r"^/dev/(sd|nvme|hd|vd|mem|disk)", redirect.target) for redirect in part.redirects
    ):
        return "it overwrites a disk"
    return ""


def _fork_bomb(command: str) -> str:
    bomb = re.search(r"(\S+)\s*\(\)\s*\{\s*\1\s*\|\s*\1\s*&\s*\}", command)
    return "it is a fork bomb" if bomb else ""
