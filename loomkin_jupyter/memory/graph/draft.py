"""A change of the graph before it is written: new nodes and edges, changed nodes, and the doubt that moves with them.

Nodes that have no handle yet bear a placeholder (``?0``); ``rows.write`` puts the handle everywhere it stands. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.cascade import Spread, sources_above, spread
from loomkin_jupyter.memory.graph.model import CARRIES_DOUBT, Edge, Node


class Revised(msgspec.Struct, frozen=True):
    """A confidence that changed."""

    handle: str
    was: int | None
    confidence: int
    reason: str
    by: str


class Draft(msgspec.Struct, kw_only=True):
    """``scope`` are the fields of a signal that say who did it: team, agent, run, cause."""

    scope: Mapping[str, str] = {}
    new: list[Node] = []
    edges: list[Edge] = []
    changed: dict[str, Node] = {}
    revised: Revised | None = None
    statuses: list[tuple[str, str, str]] = []
    spreads: list[Spread] = []

    def set_status(self, node: Node, status: str) -> None:
        """Note that ``node`` goes to ``status`` (nothing, when it is there)."""
        node = self.changed.get(node.handle, node)
        if node.status != status:
            self.statuses.append((node.handle, status, node.status))
            self.changed[node.handle] = msgspec.structs.replace(node, status=status)


def placeholder(number: int) -> str:
    """Return the stand-in for the handle of the ``number``-th new node."""
    return f"?{number}"


def settle(graph: Adjacency, draft: Draft) -> None:
    """Add to ``draft`` what its changes do to the flags of other nodes; the graph is left as it was."""
    before = [graph.nodes[handle] for handle in draft.changed]
    for node in [*draft.new, *draft.changed.values()]:
        graph.put(node)
    for edge in draft.edges:
        graph.join(edge)
    try:
        _spread_all(graph, draft)
    finally:
        for edge in draft.edges:
            graph.cut(edge)
        for node in before:
            graph.put(node)
        for node in draft.new:
            graph.drop(graph.nodes[node.handle])


def _spread_all(graph: Adjacency, draft: Draft) -> None:
    sources = dict.fromkeys(draft.changed)
    for edge in draft.edges:
        if edge.kind in CARRIES_DOUBT:
            above = edge.target if edge.kind == "requires" else edge.source
            sources.update(dict.fromkeys(sources_above(graph, above)))
    originals = {handle: graph.nodes[handle] for handle in draft.changed}
    touched: dict[str, Node] = {}
    for source in sources:
        found = spread(graph, graph.nodes[source], graph.flagged_by(source))
        if not found.flagged and not found.cleared:
            continue
        draft.spreads.append(found)
        for handle in (*found.flagged, *found.cleared):
            node = touched.get(handle) or originals.get(handle) or graph.nodes[handle]
            doubts = {at: path for at, path in node.doubts.items() if not (at == source and handle in found.cleared)}
            if handle in found.flagged:
                doubts[source] = found.flagged[handle]
            touched[handle] = msgspec.structs.replace(node, doubts=doubts)
    for number, node in enumerate(draft.new):
        draft.new[number] = touched.pop(node.handle, node)
    draft.changed.update(touched)
