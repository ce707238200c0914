"""Which files of a project there are to look at: not ignored, no links, no secrets. Names and sizes only, never content.

ripgrep lists many files where it is installed, else a walk by the same rules. Blocking; for worker threads.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pathspec

from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.secrets import is_secret
from loomkin_jupyter.tools import ripgrep
from loomkin_jupyter.tools.places import SKIPPED_DIRECTORIES

FEW = 1_000
"""So many files are listed sooner than another program has begun."""
_RANKS = {"git/ignore": 0, ".git/info/exclude": 1, ".gitignore": 2, ".ignore": 3, ".rgignore": 4}
_IGNORE_FILES = (".gitignore", ".ignore", ".rgignore")


def list_files(confinement: Confinement, base: Path) -> list[str]:
    """Return the project-relative names of the files below ``base`` (a real directory inside the project)."""
    names = few_files(confinement, base, None if ripgrep.program() is None else FEW)
    return all_files(confinement, base) if names is None else names


def few_files(confinement: Confinement, base: Path, most: int | None = FEW) -> list[str] | None:
    """Do the same without another program; None when there are more than ``most`` files."""
    inside = "" if base == confinement.root else confinement.relative(base)
    found = walk(confinement.root, inside)
    names = list(found if most is None else itertools.islice(found, most + 1))
    return None if most is not None and len(names) > most else [name for name in names if not is_secret(name)]


def all_files(confinement: Confinement, base: Path) -> list[str]:
    """Do the same by ripgrep, which must be installed: it goes over many folders at once."""
    program = ripgrep.program() or "rg"
    inside = "" if base == confinement.root else confinement.relative(base)
    return [name for name in ripgrep.list_names(program, confinement.root, inside) if not is_secret(name)]


def regular(root: Path, name: str) -> int:
    """Return the size of a file, or -1 for a link, what is no file, and what is gone."""
    try:
        info = os.lstat(f"{root}/{name}")
    except OSError:
        return -1
    return info.st_size if stat.S_ISREG(info.st_mode) else -1


def walk(root: Path, inside: str) -> Iterator[str]:
    """Yield the files below ``root/inside`` by ripgrep's rules: of ignore files of a kind the deepest decides."""
    above = _above(root)
    parts = inside.split("/") if inside else []
    for depth in range(len(parts)):
        folder = "/".join(parts[:depth])
        above = _with(above, root / folder, folder, _IGNORE_FILES)
    waiting = [(inside, above)]
    while waiting:
        folder, known = waiting.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            continue
        if present := [entry.name for entry in entries if entry.name in _IGNORE_FILES]:
            known = _with(known, root / folder, folder, present)
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED_DIRECTORIES and not _ignored(known, f"{name}/"):
                    waiting.append((name, known))
            elif entry.is_file(follow_symlinks=False) and not _ignored(known, name):
                yield name


class _Rules(NamedTuple):
    """An ignore file. ``rank`` and ``depth`` say which of several decides; its paths begin below ``cut`` characters."""

    rank: int
    depth: int
    prefix: str
    cut: int
    verdict: Callable[[str], bool | None]


def _ignored(known: list[_Rules], name: str) -> bool:
    for rules in known:
        verdict = rules.verdict(rules.prefix + name[rules.cut :])
        if verdict is not None:
            return verdict
    return False


def _with(known: list[_Rules], place: Path, folder: str, files: Iterable[str], prefix: str = "") -> list[_Rules]:
    """Return ``known`` and what the ignore files in ``place`` say, those that decide first."""
    depth = len(place.parts)
    cut = len(folder) + 1 if folder else 0
    found = [
        _Rules(_RANKS[file], depth, prefix, cut, verdict)
        for file in files
        if (verdict := _verdict(place / file)) is not None
    ]
    return sorted([*found, *known], key=lambda rules: (-rules.rank, -rules.depth)) if found else known


def _above(root: Path) -> list[_Rules]:
    """Return the rules that come from outside: folders up to the repository's, its own, the person's."""
    known: list[_Rules] = []
    place = root
    while not (place / ".git").exists() and place != place.parent:
        place = place.parent
        known = _with(known, place, "", (".gitignore",), f"{root.relative_to(place).as_posix()}/")
    prefix = "" if place == root else f"{root.relative_to(place).as_posix()}/"
    known = _with(known, place, "", (".git/info/exclude",), prefix)
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return _with(known, settings, "", ("git/ignore",), prefix)


def _verdict(file: Path) -> Callable[[str], bool | None] | None:
    """Return what an ignore file says of a path below it: ignored, not ignored, or nothing."""
    try:
        text = file.read_text("utf-8", "replace")
    except OSError:
        return None
    spec = pathspec.GitIgnoreSpec.from_lines(text.splitlines())
    # Most files fit no rule at all: one expression of all rules says so at once.
    sources = [_source(pattern) for pattern in spec.patterns if pattern.include is not None]
    if not sources:
        return None
    anything = re.compile("|".join(f"(?:{source})" for source in sources))
    return lambda path: spec.check_file(path).include if anything.match(path) else None


def _source(pattern: Any) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", str(pattern.regex.pattern))
