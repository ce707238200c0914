"""Places for the nodes of a decision graph: layers by longest path, order by barycentre, at most eight side by side.

A layer wider than that wraps into further rows. ``Placement`` remembers: nodes added later find a free place below
their parents, and nothing that has a place moves. Places are (x, y) in pixels, y downwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

WIDTH = 8
STEP_X = 190.0
STEP_Y = 110.0

Place = tuple[float, float]


def layers(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return each node's layer: the length of the longest path that leads to it. Cycles are cut where they close."""
    known = set(nodes)
    children: dict[str, list[str]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for source, target in edges:
        if source in known and target in known and source != target:
            children[source].append(target)
            waiting[target] += 1
    layer = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not waiting[node]]
    done: set[str] = set()
    remaining = iter(nodes)
    while len(done) < len(known):
        if not ready:
            ready.append(next(node for node in remaining if node not in done))
        node = ready.pop()
        if node in done:
            continue
        done.add(node)
        for child in children[node]:
            if child in done:
                continue
            layer[child] = max(layer[child], layer[node] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return layer


def lay_out(nodes: Sequence[str], edges: Sequence[tuple[str, str]], *, width: int = WIDTH) -> dict[str, Place]:
    """Return a place for every node; no row holds more than ``width``."""
    unique = list(dict.fromkeys(nodes))
    return {node: _pixels(row, slot) for node, (row, slot) in _grid(unique, edges, width).items()}


def bridge(
    nodes: Sequence[str], edges: Iterable[tuple[str, str, str]], hidden: Collection[str]
) -> list[tuple[str, str, str]]:
    """Return edges among the visible nodes; a chain through hidden ones becomes one edge, so that nothing falls apart."""
    hidden = set(hidden)
    out: dict[str, list[tuple[str, str]]] = {}
    for source, target, kind in edges:
        out.setdefault(source, []).append((target, kind))
    found: dict[tuple[str, str, str], None] = {}
    for node in nodes:
        if node in hidden:
            continue
        seen: set[str] = set()
        heap = [(target, kind) for target, kind in out.get(node, ())]
        while heap:
            target, kind = heap.pop()
            if target not in hidden:
                if target != node:
                    found[(node, target, kind)] = None
            elif target not in seen:
                seen.add(target)
                heap.extend((further, "leads_to") for further, _ in out.get(target, ()))
    return list(found)


class Placement:
    """Places that stay. Edges are told with ``link``; ``add`` places nodes that have none yet."""

    def __init__(self, width: int = WIDTH) -> None:
        self._width = width
        self._cells: dict[str, tuple[int, int]] = {}
        self._taken: dict[int, set[int]] = {}
        self._edges: list[tuple[str, str]] = []
        self._parents: dict[str, list[str]] = {}
        self._next_open: dict[int, int] = {}

    def link(self, source: str, target: str) -> None:
        """Note an edge."""
        self._edges.append((source, target))
        self._parents.setdefault(target, []).append(source)

    def add(self, nodes: Sequence[str]) -> dict[str, Place]:
        """Return the places of those of ``nodes`` that are new."""
        new = [node for node in dict.fromkeys(nodes) if node not in self._cells]
        if not self._cells:
            for node, (row, slot) in _grid(new, self._edges, self._width).items():
                self._take(node, row, slot)
        else:
            fresh = set(new)
            among = [(a, b) for node in new for a in self._parents.get(node, ()) if a in fresh for b in (node,)]
            depth = layers(new, among)
            for node in sorted(new, key=lambda n: depth[n]):
                self._place(node)
        return {node: _pixels(*self._cells[node]) for node in new}

    def _place(self, node: str) -> None:
        parents = [self._cells[p] for p in self._parents.get(node, ()) if p in self._cells]
        row = self._open_row(max((row for row, _ in parents), default=-1) + 1)
        wish = sum(slot for _, slot in parents) / len(parents) if parents else 0.0
        taken = self._taken.get(row, set())
        slot = min(
            (slot for slot in range(self._width) if slot not in taken), key=lambda slot: (abs(slot - wish), slot)
        )
        self._take(node, row, slot)

    def _take(self, node: str, row: int, slot: int) -> None:
        self._cells[node] = (row, slot)
        taken = self._taken.setdefault(row, set())
        taken.add(slot)
        if len(taken) >= self._width:
            self._next_open[row] = row + 1

    def _open_row(self, row: int) -> int:
        """Return the first row from ``row`` on that has a free slot (full rows are skipped in near constant time)."""
        start = row
        while row in self._next_open:
            row = self._next_open[row]
        while start != row:
            further = self._next_open[start]
            self._next_open[start] = row
            start = further
        return row


def _grid(nodes: Sequence[str], edges: Sequence[tuple[str, str]], width: int) -> dict[str, tuple[int, int]]:
    layer = layers(nodes, edges)
    parents: dict[str, list[str]] = {}
    for source, target in edges:
        if source in layer and target in layer:
            parents.setdefault(target, []).append(source)
    by_layer: dict[int, list[str]] = {}
    for node in nodes:
        by_layer.setdefault(layer[node], []).append(node)
    cells: dict[str, tuple[int, int]] = {}
    row = 0
    for number in sorted(by_layer):
        members = by_layer[number]
        centre = {node: _barycentre(parents.get(node, ()), cells, place) for place, node in enumerate(members)}
        members.sort(key=lambda node: centre[node])
        for start in range(0, len(members), width):
            for slot, node in enumerate(members[start : start + width]):
                cells[node] = (row, slot)
            row += 1
    return cells


def _barycentre(parents: Sequence[str], cells: dict[str, tuple[int, int]], place: int) -> float:
    known = [cells[parent][1] for parent in parents if parent in cells]
    return sum(known) / len(known) if known else float(place)


def _pixels(row: int, slot: int) -> Place:
    return slot * STEP_X, row * STEP_Y
