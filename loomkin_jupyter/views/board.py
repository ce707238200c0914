"""The state that every view shows, and what changed in it since it was last asked (an RFC 7386 merge patch).

``None`` is never stored: an unknown value is an absent key, so that ``null`` in a patch always means *absent now* and
``merge_patch(snapshot before, patch) == snapshot after`` holds. One thread only (the portal's loop).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import JsonObject

FEED_MOST = 500
TEXT_MOST = 2_000


def merge_patch(target: Any, patch: Any) -> Any:
    """Return ``target`` with an RFC 7386 merge patch applied; neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    merged: JsonObject = dict(target) if isinstance(target, dict) else {}  # pyright: ignore[reportUnknownArgumentType]
    changes: JsonObject = patch  # pyright: ignore[reportUnknownVariableType]
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def moment(time: float) -> str:
    """Return a time as people read it, the same everywhere a record is read."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")


def clip(text: str, most: int = TEXT_MOST) -> str:
    """Return at most ``most`` characters, and say how many are missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def empty_state() -> JsonObject:
    """Return the state before anything has happened."""
    sections = ("workspace", "runs", "agents", "tasks", "questions", "feed", "changes", "proposals", "claims", "queue")
    state: JsonObject = {name: {} for name in (*sections, "keepers")}
    state["workspace"] = {"root": "", "name": "", "sandbox": "", "preset": "", "share": "", "notices": []}
    state["run"] = ""
    state["decisions"] = {"nodes": {}, "edges": {}}
    state["graph"] = {"positions": {}}
    state["cost"] = {"total_nano": 0, "unknown": False, "calls": 0, "by_agent": {}, "by_model": {}, "cached": 0}
    state["clock"] = 0.0
    return state


class Board:
    """State and pending patch; handlers write through it and nowhere else."""

    def __init__(self) -> None:
        self.state: JsonObject = empty_state()
        self._patch: JsonObject = {}
        self._dropped: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._feed_next = 1

    def section(self, *path: str) -> JsonObject:
        """Return the (live) mapping at ``path``; read only for callers."""
        here = self.state
        for part in path:
            here = here.setdefault(part, {})
        return here

    def get(self, *path: str) -> JsonObject | None:
        """Return the mapping at ``path`` or None."""
        here: Any = self.state
        for part in path:
            here = here.get(part)
            if here is None:
                return None
        return here

    def put(self, *path: str, **fields: Any) -> None:
        """Merge ``fields`` into the mapping at ``path``; a field of None removes the key."""
        self.merge(path, fields)

    def merge(self, path: tuple[str, ...], fields: JsonObject) -> None:
        """Like ``put``, for keys that are no identifiers."""
        here = self.section(*path)
        changed: JsonObject = {}
        for key, value in fields.items():
            if value is None:
                if here.pop(key, None) is not None:
                    changed[key] = None
            elif isinstance(value, dict):
                self.merge((*path, key), value)  # pyright: ignore[reportUnknownArgumentType]
            elif here.get(key) != value or key not in here:
                here[key] = value
                changed[key] = value
        # An empty mapping that is new is a change too.
        if changed or self._is_new(path):
            self._patch_at(path).update(changed)

    def drop(self, *path: str) -> None:
        """Remove the key at the end of ``path``."""
        parent = self.section(*path[:-1])
        old = parent.pop(path[-1], None)
        if old is None:
            return
        if isinstance(old, dict):
            self._dropped[path] = tuple(old)  # pyright: ignore[reportUnknownArgumentType]
        self._patch_at(path[:-1])[path[-1]] = None

    def feed(self, kind: str, text: str, *, time: float, agent: str = "", to: str = "", run: str = "") -> None:
        """Add a line to the feed; the oldest leaves when there are more than ``FEED_MOST``."""
        number = self._feed_next
        self._feed_next += 1
        line = {"n": number, "time": time, "kind": kind, "agent": agent, "to": to, "text": clip(text), "run": run}
        self.merge(("feed", str(number)), line)
        if number > FEED_MOST:
            self.drop("feed", str(number - FEED_MOST))

    def take_patch(self) -> JsonObject | None:
        """Return what changed since the last call, or None."""
        if not self._patch:
            return None
        patch, self._patch, self._dropped = self._patch, {}, {}
        # Encoded and decoded: the patch must not share lists with the state, which goes on changing.
        return msgspec.json.decode(msgspec.json.encode(patch))

    def snapshot(self) -> JsonObject:
        """Return a copy of the whole state."""
        return msgspec.json.decode(msgspec.json.encode(self.state))

    def _is_new(self, path: tuple[str, ...]) -> bool:
        here: Any = self.state
        for part in path:
            here = here[part]
        return not here and bool(path)

    def _patch_at(self, path: tuple[str, ...]) -> JsonObject:
        here = self._patch
        for depth, part in enumerate(path, start=1):
            found = here.get(part)
            if found is None:
                # Dropped and made again within one tick: whoever has the old mapping must lose its keys.
                stale = self._dropped.pop(path[:depth], ())
                found = dict.fromkeys(stale)
                here[part] = found
            here = found
        return here
