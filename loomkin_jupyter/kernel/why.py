# pyright: basic
"""Why something is as it is: the chain of decisions that leads to a decision, a variable or a file, as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from loomkin_jupyter.core.edges import along, standing
from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject

STEPS_MOST = 30


def why_text(state: JsonObject, what: str) -> str:
    """Return the reasons, nearest first.

    :raises UsageError: when no decision speaks of ``what``.
    """
    nodes: dict[str, JsonObject] = state["decisions"]["nodes"]
    starts = _about(nodes, what)
    if not starts:
        known = [*nodes, *(v for n in nodes.values() for v in (*n.get("variables", ()), *n.get("files", ())))]
        raise UsageError(f"No decision speaks of {what!r}.{nearest(what, known)}", "%loomkin graph shows all of them.")
    into: dict[str, list[JsonObject]] = {}
    for edge in state["decisions"]["edges"].values():
        into.setdefault(edge["target"], []).append(edge)
    lines: list[str] = []
    seen: set[str] = set()
    # The last of the list is told first: what was concluded, then what it rests on.
    waiting = [(handle, 0, "") for handle in starts]
    while waiting and len(lines) < STEPS_MOST:
        handle, depth, because = waiting.pop()
        if handle in seen or handle not in nodes:
            continue
        seen.add(handle)
        lines.append(_line(nodes[handle], depth, because, state["decisions"]["edges"].values()))
        for edge in into.get(handle, ()):
            reason = along(edge["kind"]) + (f" {handle}" if edge["kind"] == "supersedes" else "")
            reason += f", because {edge['rationale']}" if edge.get("rationale") else ""
            waiting.append((edge["source"], depth + 1, reason))
    return "\n".join(lines)


def _about(nodes: dict[str, JsonObject], what: str) -> list[str]:
    if what.upper() in nodes:
        return [what.upper()]
    exact = [h for h, n in nodes.items() if what in n.get("variables", ()) or what in n.get("files", ())]
    if exact:
        return exact
    lower = what.lower()
    return [h for h, n in nodes.items() if lower and lower in f"{n['title']} {n.get('description', '')}".lower()][:3]


def _line(node: JsonObject, depth: int, because: str, edges: Iterable[JsonObject]) -> str:
    words = f"{'  ' * depth}{node['handle']} {node['kind']}: {node['title']}"
    if node.get("confidence") is not None:
        words += f" (confidence {node['confidence']})"
    words += standing(node, edges)
    if because:
        words += f" — {because}"
    if node.get("description"):
        words += f"\n{'  ' * depth}   {node['description'][:300]}"
    return words
