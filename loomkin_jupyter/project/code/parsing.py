"""Reading many files at once: in this process when few, else in child processes of our own, because parsing holds the GIL.

``python -m loomkin_jupyter.project.code.parsing`` is such a child: one line of paths in, one msgpack frame out. Not
``multiprocessing``: its children import the user's main module again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from loomkin_jupyter.project.code.tags import FileTags, read_tags

ALONE = 1_500_000
"""Bytes up to which children are not worth their start (about 0.15 s)."""


def read_files(root: Path, paths: Sequence[tuple[str, int]], processes: int | None = None) -> dict[str, FileTags]:
    """Return the tags of ``paths`` ((path relative to root, bytes) each); unreadable files have none."""
    total = sum(size for _, size in paths)
    count = min(processes or (os.cpu_count() or 1), 8)
    if total <= ALONE or count < 2:
        return {path: _read(root, path) for path, _ in paths}
    shares: list[list[str]] = [[] for _ in range(count)]
    loads = [0] * count
    for path, size in sorted(paths, key=lambda item: -item[1]):  # the largest first, each to whom has least
        least = loads.index(min(loads))
        shares[least].append(path)
        loads[least] += size
    children = [_Child(root, share) for share in shares[1:] if share]
    try:
        found = {path: _read(root, path) for path in shares[0]}
        for child in children:
            found.update(child.result())
    finally:
        for child in children:
            child.end()
    return found


def _read(root: Path, path: str) -> FileTags:
    try:
        return read_tags(path, (root / path).read_bytes())
    except OSError:
        return FileTags([], {})


class _Child:
    """One process that reads a share."""

    def __init__(self, root: Path, paths: list[str]) -> None:
        self._root = root
        self._paths = paths
        program = [sys.executable, "-I", "-c", _MAIN, *sys.path]
        # Small pipes fill: the paths go in at once and the child answers only when it has read them all.
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        with self._process.stdin as stdin:
            stdin.write(msgspec.msgpack.encode((str(root), paths)))

    def result(self) -> dict[str, FileTags]:
        """Return what it read; when it died, its share is read here."""
        assert self._process.stdout is not None
        answer = self._process.stdout.read()
        if self._process.wait() == 0:
            return msgspec.msgpack.decode(answer, type=dict[str, FileTags])
        return {path: _read(self._root, path) for path in self._paths}

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


_MAIN = "import sys; sys.path[:] = sys.argv[1:]; from loomkin_jupyter.project.code.parsing import serve; serve()"


def serve(incoming: IO[bytes] | None = None, outgoing: IO[bytes] | None = None) -> None:
    """Read one share and answer it: the child's whole life."""
    root, paths = msgspec.msgpack.decode((incoming or sys.stdin.buffer).read(), type=tuple[str, list[str]])
    answer = {path: _read(Path(root), path) for path in paths}
    (outgoing or sys.stdout.buffer).write(msgspec.msgpack.encode(answer))
