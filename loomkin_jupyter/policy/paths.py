"""Confinement: which path a name really is, and whether it lies in the project.

Symlinks are followed before anything is judged, and callers open the path that comes back, not the one they gave.
Never reads a file's content.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

import msgspec

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.policy.secrets import is_control, is_secret

_LONGEST = 4096


class PathRefused(ToolFailed):
    """A path that may not be used; the text says which and why."""


class PathVerdict(msgspec.Struct, frozen=True):
    """What a path is. ``relative`` is with forward slashes, or '' when it lies outside."""

    path: Path
    inside: bool
    secret: bool
    control: bool
    relative: str


class Confinement:
    """The borders of one project."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))

    def locate(self, path: str | Path, base: Path | None = None) -> Path:
        """Return the real absolute path of ``path`` (relative to ``base`` or the root), symlinks followed.

        :raises PathRefused: when the text can be no path.
        """
        text = str(path)
        if "\0" in text or "\n" in text or len(text) > _LONGEST or not text.strip():
            raise PathRefused(f"{text[:80]!r} is not a path. Give a path relative to the project, such as src/load.py.")
        expanded = os.path.expanduser(text)  # noqa: PTH111 - an unknown ~user stays as it is
        return Path(os.path.realpath(Path(base or self.root) / expanded))

    def verdict(self, path: str | Path, base: Path | None = None) -> PathVerdict:
        """Return where ``path`` lies and what it is. The name as given counts too: a link named ``.env`` is one."""
        real = self.locate(path, base)
        inside = real == self.root or self.root in real.parents
        relative = real.relative_to(self.root).as_posix() if inside else ""
        given = Path(os.path.normpath(Path(base or self.root) / os.path.expanduser(str(path))))  # noqa: PTH111
        given_inside = given == self.root or self.root in given.parents
        judged = given.relative_to(self.root) if given_inside else given
        return PathVerdict(
            path=real,
            inside=inside,
            secret=is_secret(relative if inside else real) or is_secret(judged),
            control=(inside and is_control(relative)) or (given_inside and is_control(judged)),
            relative="." if inside and not relative else relative,
        )

    def resolve(self, path: str | Path, base: Path | None = None) -> Path:
        """Return the real path of something inside the project that holds no secrets.

        :raises PathRefused: for what lies outside, and for secrets files.
        """
        verdict = self.verdict(path, base)
        if verdict.secret:
            raise PathRefused(f"{path!s} is a secrets file; agents neither read nor write those.")
        if not verdict.inside:
            raise PathRefused(f"{path!s} is outside the project {self.root}. Use a path inside it.")
        return verdict.path

    def check(self, path: str) -> None:
        """Raise PathRefused unless ``resolve`` would return."""
        self.resolve(path)

    def relative(self, path: Path) -> str:
        """Return a path inside the project as text with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def pattern(self, pattern: str) -> str:
        """Return a glob that cannot leave the project.

        :raises PathRefused: for absolute patterns, ``..``, ``~``, and braces that hide them.
        """
        pieces = re.split(r"[/{},]", pattern)
        if not pattern.strip() or "\0" in pattern or pattern.startswith(("/", "~")) or ".." in pieces or "~" in pieces:
            raise PathRefused(
                f"The pattern {pattern!r} leaves the project. Use one such as **/*.py, relative to the project."
            )
        if any(re.search(r"\[.*\.", piece) and ".." in re.sub(r"[\[\]]", "", piece) for piece in pieces):
            raise PathRefused(f"The pattern {pattern!r} hides a parent directory. Use one such as **/*.py.")
        return pattern

    def glob_stays_inside(self, found: Path) -> bool:
        """Return whether a file that a glob found may be shown: real path inside, no secret."""
        verdict = self.verdict(found)
        return verdict.inside and not verdict.secret


def matches(relative: str, pattern: str) -> bool:
    """Return whether a project-relative path fits a rule's glob: ``src/`` and ``src/**`` are everything below, ``*`` stays
    in one folder, ``**`` crosses folders, and a pattern without a slash is matched against the file's name too.
    """
    path = PurePosixPath(relative).as_posix()
    pattern = pattern.strip().removeprefix("./")
    if pattern in ("*", "**", "**/*"):
        return True
    if pattern.endswith("/"):
        pattern += "**"
    if "/" not in pattern and re.fullmatch(_regex(pattern), PurePosixPath(path).name):
        return True
    return re.fullmatch(_regex(pattern), path) is not None or path.startswith(pattern + "/")


def _regex(pattern: str) -> str:
    out: list[str] = []
    place = 0
    while place < len(pattern):
        if pattern.startswith("**/", place):
            out.append("(?:.*/)?")
            place += 3
        elif pattern.startswith("**", place):
            out.append(".*")
            place += 2
        else:
            character = pattern[place]
            out.append({"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)))
            place += 1
    return "".join(out)
