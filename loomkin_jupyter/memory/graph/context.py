"""What an agent's prompt says of the decision graph, within a budget of tokens. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.model import Node
from loomkin_jupyter.memory.tokens import estimate

_MOST = {"goals": 5, "decisions": 10, "doubts": 5, "lessons": 5}


def context_text(graph: Adjacency, run: str, budget_tokens: int = 1_024) -> str:
    """Return sections of one line per node, those of ``run`` first; lines that do not fit are counted at the end."""
    nodes = list(reversed(graph.nodes.values()))
    sections = (
        ("Active goals", _goals(graph, nodes, run)),
        ("Uncertain: rests on something doubtful, check before you build on it", _doubts(nodes)),
        (
            "Recent decisions",
            _first_of_run((n for n in nodes if n.kind == "decision" and n.status == "active"), run, "decisions"),
        ),
        ("Earlier attempts and lessons", _lessons(nodes, run)),
    )
    lines: list[str] = []
    left, missing = budget_tokens - 12, 0
    for title, found in sections:
        head = f"{title}:"
        for place, node in enumerate(found):
            line = _line(node)
            cost = estimate(line) + 1 + (estimate(head) + 1 if place == 0 else 0)
            if missing or cost > left:
                missing += 1
                continue
            left -= cost
            lines += [head, line] if place == 0 else [line]
    if missing:
        lines.append(f"({missing} more; ask decision_query)")
    return "\n".join(lines)


def _goals(graph: Adjacency, nodes: list[Node], run: str) -> list[Node]:
    def reached(node: Node) -> bool:
        return any(graph.nodes[edge.target].kind == "outcome" for edge in graph.out_of(node.handle))

    active = (n for n in nodes if n.kind == "goal" and n.status == "active" and (n.run == run or not reached(n)))
    return _first_of_run(active, run, "goals")


def _doubts(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node.uncertain and not node.auto][: _MOST["doubts"]]


def _lessons(nodes: list[Node], run: str) -> list[Node]:
    found = (n for n in nodes if not n.auto and (n.status != "active" or n.kind == "revisit") and n.kind != "goal")
    return _first_of_run(found, run, "lessons")


def _first_of_run(nodes: Iterable[Node], run: str, section: str) -> list[Node]:
    # Sorting is stable: within the run, and outside it, the newest stay first.
    return sorted(nodes, key=lambda node: node.run != run)[: _MOST[section]]


def _line(node: Node) -> str:
    sure = "" if node.confidence is None else f" ({node.confidence} %)"
    state = "" if node.status == "active" else f" [{node.status}]"
    why = f" ← {next(iter(node.doubts.values()))}" if node.doubts else ""
    keeper = f" [full text in {node.keeper}]" if node.keeper else ""
    return f"- {node.handle} {node.kind}: {node.title}{sure}{state}{why}{keeper}"
