"""Which agent changed which lines of a file, so that staleness can be judged on the claimed region.

Shared by the agents of a workspace, in memory: after a restart nobody has read anything, so nothing is needed. Lines
are 1-based and inclusive. Used on the loop's thread only.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

_KEPT = 200


def content_hash(data: bytes) -> str:
    """Return the SHA-256 of the bytes, as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Edit:
    """``removed`` lines from line ``at`` became ``added`` lines."""

    at: int
    removed: int
    added: int


@dataclass(frozen=True, slots=True)
class Change:
    """One write of one file by one agent: the content's hash before and after, and the lines it touched in order."""

    before: str
    after: str
    agent: str
    edits: tuple[Edit, ...]


@dataclass(slots=True)
class FileVersions:
    """The latest writes of each file, by path relative to the project."""

    _changes: dict[str, list[Change]] = field(default_factory=dict[str, list[Change]])
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    def lock(self, path: str) -> asyncio.Lock:
        """Return the lock under which a file is compared and written: one writer at a time."""
        return self._locks.setdefault(path, asyncio.Lock())

    def note(self, path: str, change: Change) -> None:
        """Remember a write."""
        changes = self._changes.setdefault(path, [])
        changes.append(change)
        del changes[:-_KEPT]

    def since(self, path: str, seen: str, now: str) -> list[Change] | None:
        """Return the agents' writes that lead from content ``seen`` to content ``now``, or None: a stranger wrote too."""
        found: list[Change] = []
        wanted = now
        for change in reversed(self._changes.get(path, [])):
            if wanted == seen:
                break
            if change.after == wanted:
                found.append(change)
                wanted = change.before
        return list(reversed(found)) if wanted == seen else None

    def statistics(self) -> dict[str, int]:
        """Return how much is remembered."""
        return {"files": len(self._changes), "changes": sum(len(c) for c in self._changes.values())}


def touched(changes: list[Change], own: str) -> list[tuple[int, int]]:
    """Return the line ranges, in today's numbering, that others than ``own`` wrote; an empty range is a deletion's place."""
    ranges: list[tuple[int, int]] = []
    for change in changes:
        for edit in change.edits:
            ranges = [_moved(r, edit) for r in ranges]
            if change.agent != own:
                ranges.append((edit.at, edit.at + max(edit.added, 1) - 1))
    return ranges


def _moved(region: tuple[int, int], edit: Edit) -> tuple[int, int]:
    start, end = region
    shift = edit.added - edit.removed
    if edit.at > end:
        return region
    if edit.at + edit.removed - 1 < start:
        return start + shift, end + shift
    return min(start, edit.at), max(end + shift, edit.at + max(edit.added, 1) - 1)
