"""The graph in memory: nodes by handle, edges both ways, walks. Owned by the loop's thread; knows no database."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.memory.graph.model import ACYCLIC, CARRIES_DOUBT, Edge, Node
from loomkin_jupyter.memory.graph.neighbours import Neighbours

ARROW = " → "


class Adjacency:
    """Nodes in the order of their handles. Adding the same thing twice changes nothing."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, str], Edge] = {}
        self._out: dict[str, list[Edge]] = {}
        self._in: dict[str, list[Edge]] = {}
        # Walks go over numbers: with strings a whole ancestry of 100,000 nodes takes ten times as long.
        self._places: dict[str, int] = {}
        self._handles: list[str] = []
        self._above = Neighbours()
        self._below = Neighbours()
        self._flags: dict[str, set[str]] = {}

    def put(self, node: Node) -> None:
        """Add a node or take its newer state."""
        before = self.nodes.get(node.handle)
        self.nodes[node.handle] = node
        if before is not None and before.doubts:
            for source in before.doubts:
                self._flags[source].discard(node.handle)
        for source in node.doubts:
            self._flags.setdefault(source, set()).add(node.handle)

    def flagged_by(self, source: str) -> frozenset[str]:
        """Return the nodes that bear the flag of a doubtful ``source``."""
        return frozenset(self._flags.get(source, ()))

    def drop(self, node: Node) -> None:
        """Take back a node that was only tried; its edges must be gone."""
        self.put(msgspec.structs.replace(node, doubts={}))
        del self.nodes[node.handle]

    def cut(self, edge: Edge) -> None:
        """Take back an edge that was only tried."""
        del self.edges[(edge.source, edge.target, edge.kind)]
        self._out[edge.source].remove(edge)
        self._in[edge.target].remove(edge)
        source, target = self._place(edge.source), self._place(edge.target)
        self._below.cut(source, target)
        self._above.cut(target, source)

    def join(self, edge: Edge) -> None:
        """Add an edge between two nodes that are there."""
        key = (edge.source, edge.target, edge.kind)
        if key in self.edges:
            return
        self.edges[key] = edge
        self._out.setdefault(edge.source, []).append(edge)
        self._in.setdefault(edge.target, []).append(edge)
        source, target = self._place(edge.source), self._place(edge.target)
        self._below.join(source, target)
        self._above.join(target, source)

    def _place(self, handle: str) -> int:
        """Return the number of a handle for walks; a handle that was only tried keeps its own, without neighbours."""
        place = self._places.get(handle)
        if place is None:
            place = self._places[handle] = len(self._handles)
            self._handles.append(handle)
            self._above.grow()
            self._below.grow()
        return place

    def get(self, handle: str) -> Node:
        """Return the node of a handle, in whatever case it is written.

        :raises ToolRetry: when there is none.
        """
        node = self.nodes.get(handle) or self.nodes.get(handle.strip().upper())
        if node is None:
            close = nearest(handle, list(self.nodes)[-200:])
            raise ToolRetry(f"There is no decision {handle!r}; decision_query shows what there is.{close}")
        return node

    def out_of(self, handle: str) -> list[Edge]:
        """Return the edges that start at ``handle``."""
        return self._out.get(handle, [])

    def into(self, handle: str) -> list[Edge]:
        """Return the edges that end at ``handle``."""
        return self._in.get(handle, [])

    def ancestors(self, handle: str, depth: int | None = None) -> list[str]:
        """Return what led to ``handle`` over edges of every kind, nearest first, without itself."""
        return self._walk(handle, depth, self._above)

    def descendants(self, handle: str, depth: int | None = None) -> list[str]:
        """Return what followed from ``handle`` over edges of every kind, nearest first, without itself."""
        return self._walk(handle, depth, self._below)

    def _walk(self, start: str, depth: int | None, beside: Neighbours) -> list[str]:
        place = self._places.get(start)
        if place is None:
            return []  # no edge was ever at it
        order = beside.reach(place) if depth is None else beside.reach_near(place, depth)
        return list(map(self._handles.__getitem__, order[1:]))

    def path(self, source: str, target: str, kinds: frozenset[str] | None = None) -> list[str]:
        """Return the handles of a shortest path along edges (of ``kinds``), both ends included, or []."""
        came: dict[str, str] = {source: ""}
        waiting = deque([source])
        while waiting:
            at = waiting.popleft()
            if at == target:
                return _trace(came, at)
            for edge in self._out.get(at, ()):
                if edge.target not in came and (kinds is None or edge.kind in kinds):
                    came[edge.target] = at
                    waiting.append(edge.target)
        return []

    def check_edge(self, source: str, target: str, kind: str) -> None:
        """Raise unless the edge may be added: both ends exist, it is new, no self-loop, no cycle.

        :raises ToolFailed: with the path that would be closed.
        """
        if source == target:
            raise ToolFailed(f"{source} cannot be linked to itself; link it to another node.")
        if (source, target, kind) in self.edges:
            raise ToolFailed(f"{source} {kind} {target} is in the graph already; nothing needs to be done.")
        if kind not in ACYCLIC:
            return
        back = self.path(target, source, ACYCLIC)
        if back:
            raise ToolFailed(
                f"{source} {kind} {target} would close a circle: {ARROW.join([*back, target])}. "
                "Link the other way round, or log a revisit that says what changed."
            )

    def dependents(self, handle: str) -> Iterator[str]:
        """Yield what rests on ``handle``: those who require it, and what it blocks or enables."""
        for edge in self._in.get(handle, ()):
            if edge.kind == "requires":
                yield edge.source
        for edge in self._out.get(handle, ()):
            if edge.kind in CARRIES_DOUBT and edge.kind != "requires":
                yield edge.target

    def supports_of(self, handle: str) -> Iterator[str]:
        """Yield what ``handle`` rests on: the converse of ``dependents``."""
        for edge in self._out.get(handle, ()):
            if edge.kind == "requires":
                yield edge.target
        for edge in self._in.get(handle, ()):
            if edge.kind in CARRIES_DOUBT and edge.kind != "requires":
                yield edge.source


def _trace(came: dict[str, str], at: str) -> list[str]:
    path = [at]
    while came[at]:
        at = came[at]
        path.append(at)
    return path[::-1]
