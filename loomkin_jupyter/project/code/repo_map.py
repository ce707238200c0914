"""The map of a project that fits a budget of tokens: the files that matter for a task, with the lines that define."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from loomkin_jupyter.project.code.index import CodeIndex
from loomkin_jupyter.project.code.ranking import Ranking
from loomkin_jupyter.project.code.tags import Definition, code_cells

BUDGET = 2_048
"""Tokens, as the original's."""
MOST_IN_A_FILE = 4
_SHARE_IN_DETAIL = 0.6
_LINE = 100


class MapText(msgspec.Struct, frozen=True):
    """``text`` is the map; ``shown`` of ``files`` are in it."""

    text: str
    shown: int
    files: int
    tokens: int


class RepoMap:
    """Maps of one index; keeps the links of its newest version. Thread-safe as the index is; blocks."""

    def __init__(self, index: CodeIndex, count: Callable[[str], int] = lambda text: (len(text) + 3) // 4) -> None:
        self.index = index
        self._count = count
        self._ranking: tuple[int, Ranking] | None = None

    def ranking(self) -> Ranking:
        """Return the links of what is known now."""
        version = self.index.version
        if self._ranking is None or self._ranking[0] != version:
            self._ranking = (version, Ranking(self.index.files))
        return self._ranking[1]

    def lines(self, places: Iterable[tuple[str, Definition]]) -> list[str]:
        """Return of each (path, definition) the line that holds the defined name; each file is read once."""
        sources = _Sources(self.index.root)
        return [sources.line(path, definition).strip() for path, definition in places]

    def make(
        self, task: str = "", focus: Iterable[str] = (), recent: Sequence[str] = (), budget: int = BUDGET
    ) -> MapText:
        """Return the map for a task within ``budget`` tokens."""
        ranked = self.ranking().rank(task, focus, recent)
        if not ranked.files:
            return MapText("", 0, 0, 0)
        sources = _Sources(self.index.root)
        paths = [path for path, _ in ranked.files]
        parts: list[str] = []
        room = int(budget * _SHARE_IN_DETAIL)
        for path in paths:
            part = _detail(path, ranked.best(path, MOST_IN_A_FILE), sources)
            room -= self._count(part)
            if room < 0:
                break
            parts.append(part)
        text = "".join(parts)
        rest = paths[len(parts) :]
        named = self._fit(lambda number: text + _names(rest[:number]), len(rest), budget)
        whole = text + _names(rest[:named])
        return MapText(whole, len(parts) + named, len(paths), self._count(whole))

    def _fit(self, make: Callable[[int], str], most: int, budget: int) -> int:
        """Return the largest number whose text fits, by binary search: longer lists make longer texts."""
        low, high = 0, min(most, budget)
        while low < high:
            middle = (low + high + 1) // 2
            if self._count(make(middle)) <= budget:
                low = middle
            else:
                high = middle - 1
        return low


class _Sources:
    """Lines of files, each file read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[str, list[list[str]]] = {}

    def line(self, path: str, definition: Definition) -> str:
        """Return the line that defines, past its decorators."""
        if path not in self._lines:
            try:
                raw = (self._root / path).read_bytes()
            except OSError:
                raw = b""
            cells = code_cells(raw) if path.endswith(".ipynb") else []
            self._lines[path] = [raw.decode("utf-8", "replace").splitlines(), *(text.splitlines() for text in cells)]
        lines = self._lines[path][definition.cell] if definition.cell < len(self._lines[path]) else []
        last = definition.name.rpartition(".")[2]
        for line in lines[definition.start - 1 : definition.end]:
            if re.search(rf"(?<!\w){re.escape(last)}(?!\w)", line) and not line.lstrip().startswith("@"):
                return line.rstrip()[:_LINE]
        return definition.name


def _detail(path: str, definitions: list[Definition], sources: _Sources) -> str:
    """Return a file and the lines that define what matters in it."""
    lines = [f"{path}:\n"]
    for found in definitions:
        place = f"cell {found.cell}, {found.start}" if found.cell else str(found.start)
        lines.append(f"{place:>5} {sources.line(path, found)}\n")
    return "".join(lines)


def _names(paths: Sequence[str]) -> str:
    """Return paths without detail, a folder's files on one line."""
    if not paths:
        return ""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        folder, _, base = path.rpartition("/")
        folders[folder].append(base)
    lines = [f"{folder or '.'}/: {' '.join(names)}\n" for folder, names in folders.items()]
    return "Also:\n" + "".join(lines)
