"""Every definition and use in a project, kept up to date file by file and cached on disk. Never runs code.

A file is read again when its size or time of change differs and its content too. The cache is a file of its own that may be
deleted at any time; one that cannot be read is ignored.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

import msgspec

from loomkin_jupyter.project.code.parsing import read_files
from loomkin_jupyter.project.code.tags import LARGEST, Definition, FileTags, understood

VERSION = 1
"""Of the cache: counted up when queries or tags change their meaning."""


class Known(msgspec.Struct, array_like=True):
    """A file as it was read: its time of change (ns), size and content's hash, and what it holds."""

    mtime: int
    size: int
    digest: bytes
    tags: FileTags


class Refreshed(msgspec.Struct, frozen=True):
    """What a refresh found: numbers of files."""

    files: int
    read: int
    gone: int
    too_large: int


class _Cache(msgspec.Struct, array_like=True):
    version: int
    files: dict[str, Known]


class CodeIndex:
    """One per project. Thread-safe; everything here blocks, so call it off the loop.

    ``listing`` returns the project's files relative to ``root`` (ignored and secret ones left out).
    """

    def __init__(self, root: Path, listing: Callable[[], Iterable[str]], cache: Path | None = None) -> None:
        self.root = root
        self._listing = listing
        self._cache = cache
        self._lock = threading.RLock()
        self._files: dict[str, Known] | None = None
        self._defined: dict[str, list[tuple[str, Definition]]] = {}
        self.version = 0
        self._too_large = 0

    @property
    def files(self) -> dict[str, Known]:
        """What is known, by path; a snapshot that is never changed in place."""
        with self._lock:
            return self._files or {}

    def refresh(self) -> Refreshed:
        """Take in what changed on disk since the last look."""
        with self._lock:
            before = self._load() if self._files is None else self._files
            now, stale, large = self._look(before)
            if stale:
                tags = read_files(self.root, [(path, known.size) for path, known in stale])
                for path, known in stale:
                    now[path] = msgspec.structs.replace(known, tags=tags[path])
            gone = len(before.keys() - now.keys())
            if stale or gone or self._files is None:
                self._files, self._too_large = now, large
                self._defined = _defined(now)
                self.version += 1
            if stale or gone:
                self._save(now)
            return Refreshed(len(now), len(stale), gone, large)

    def definitions(self, name: str) -> list[tuple[str, Definition]]:
        """Return (path, definition) of every place that defines exactly ``name``."""
        with self._lock:
            return list(self._defined.get(name, ()))

    def names(self) -> list[str]:
        """Return every defined name."""
        with self._lock:
            return list(self._defined)

    def users(self, name: str) -> list[tuple[str, int]]:
        """Return (path, times) of the files that use ``name``, those that use it most first."""
        found = [(path, known.tags.uses[name]) for path, known in self.files.items() if name in known.tags.uses]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def _look(self, before: dict[str, Known]) -> tuple[dict[str, Known], list[tuple[str, Known]], int]:
        now: dict[str, Known] = {}
        stale: list[tuple[str, Known]] = []
        large = 0
        for path in self._listing():
            if not understood(path):
                continue
            try:
                stat = (self.root / path).stat()
            except OSError:
                continue
            if stat.st_size > LARGEST:
                large += 1
                continue
            old = before.get(path)
            if old is not None and (old.mtime, old.size) == (stat.st_mtime_ns, stat.st_size):
                now[path] = old
                continue
            digest = self._digest(path)
            if old is not None and old.digest == digest:
                now[path] = msgspec.structs.replace(old, mtime=stat.st_mtime_ns, size=stat.st_size)
            else:
                now[path] = known = Known(stat.st_mtime_ns, stat.st_size, digest, FileTags([], {}))
                stale.append((path, known))
        return now, stale, large

    def _digest(self, path: str) -> bytes:
        try:
            return blake2b((self.root / path).read_bytes(), digest_size=16).digest()
        except OSError:
            return b""

    def _load(self) -> dict[str, Known]:
        if self._cache is None:
            return {}
        try:
            cache = msgspec.msgpack.decode(self._cache.read_bytes(), type=_Cache)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return {}
        return cache.files if cache.version == VERSION else {}

    def _save(self, files: dict[str, Known]) -> None:
        if self._cache is None:
            return
        beside = self._cache.with_name(f"{self._cache.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.msgpack.encode(_Cache(VERSION, files)))
            beside.replace(self._cache)
        except OSError:
            # A cache that cannot be written costs time, nothing else.
            with contextlib.suppress(OSError):
                beside.unlink()


def _defined(files: dict[str, Known]) -> dict[str, list[tuple[str, Definition]]]:
    by_name: dict[str, list[tuple[str, Definition]]] = defaultdict(list)
    for path in sorted(files):
        for found in files[path].tags.definitions:
            by_name[found.name].append((path, found))
    return dict(by_name)
