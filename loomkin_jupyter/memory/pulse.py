"""How sound the decision graph is: gaps, orphans, doubt, age, contradictions, and a health from 0 to 100.

Computed when asked, from the graph in memory: there is no cache that could be stale. What was logged by itself is not
judged, but counts as what follows from a goal or a decision.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.model import Node

STALE_S = 7 * 24 * 3600.0


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """Handles by what is wrong with them. ``contradictions`` are pairs: chosen and rejected, or both chosen though one blocks the other."""

    health: int
    coverage_gaps: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    low_confidence: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    contradictions: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        """Return one line for people."""
        said = ", ".join(f"{len(found)} {what}" for what, found in self._found())
        return f"health {self.health} of 100" + (f": {said}" if said else "")

    def lines(self) -> list[str]:
        """Return one line per kind of finding, with the handles."""
        return [f"- {what}: {', '.join(found)}" for what, found in self._found()]

    def _found(self) -> list[tuple[str, list[str]]]:
        every = [
            ("without consequence", list(self.coverage_gaps)),
            ("linked to nothing", list(self.orphans)),
            ("of low confidence", list(self.low_confidence)),
            ("uncertain", list(self.uncertain)),
            ("stale", list(self.stale)),
            ("contradictory", [f"{one} and {other}" for one, other in self.contradictions]),
        ]
        return [(what, found) for what, found in every if found]


def pulse(graph: Adjacency, now: float, *, run: str = "") -> Pulse:
    """Return the state of the active nodes (of one run) at time ``now`` (seconds since the epoch)."""
    active = [
        node for node in graph.nodes.values() if node.status == "active" and not node.auto and run in ("", node.run)
    ]
    gaps = [node.handle for node in active if _is_gap(graph, node)]
    orphans = [n.handle for n in active if n.kind != "goal" and not graph.out_of(n.handle) and not graph.into(n.handle)]
    low = [node.handle for node in active if node.doubtful]
    uncertain = [node.handle for node in active if node.uncertain]
    against = _contradictions(graph, active)
    cost = (
        min(10 * len(gaps), 50)
        + min(5 * len(orphans), 30)
        + min(3 * (len(low) + len(uncertain)), 20)
        + min(10 * len(against), 30)
    )
    return Pulse(
        health=max(100 - cost, 0),
        coverage_gaps=tuple(gaps),
        orphans=tuple(orphans),
        low_confidence=tuple(low),
        uncertain=tuple(uncertain),
        stale=tuple(node.handle for node in active if now - node.updated > STALE_S),
        contradictions=tuple(against),
    )


def _is_gap(graph: Adjacency, node: Node) -> bool:
    """Whether a goal has led to no action or outcome, or a decision was taken without options or consequence."""
    if node.kind == "goal":
        return not any(graph.nodes[other].kind in ("action", "outcome") for other in graph.descendants(node.handle))
    return node.kind == "decision" and not graph.out_of(node.handle)


def _contradictions(graph: Adjacency, active: Sequence[Node]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    chosen: set[str] = set()
    rejected: dict[str, str] = {}
    for node in active:
        for edge in graph.into(node.handle):
            if edge.kind == "chosen":
                chosen.add(node.handle)
            elif edge.kind == "rejected":
                rejected[node.handle] = edge.source
    found += [(rejected[handle], handle) for handle in sorted(chosen & rejected.keys())]
    for handle in sorted(chosen):
        found += [
            (handle, edge.target) for edge in graph.out_of(handle) if edge.kind == "blocks" and edge.target in chosen
        ]
    return found
