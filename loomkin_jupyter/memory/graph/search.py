"""Questions to the graph: recent, search, active goals, by agent, ancestors, descendants, path, why. Pure.

What was logged automatically is left out of lists but never cuts a chain: walks pass through it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from loomkin_jupyter.core.errors import ToolRetry, nearest
from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.model import Node

QUERIES: tuple[str, ...] = (
    "recent",
    "search",
    "active_goals",
    "by_agent",
    "ancestors",
    "descendants",
    "path",
    "why",
)
_ALIASES = {"recent_decisions": "recent", "goals": "active_goals", "agent": "by_agent"}


def query(graph: Adjacency, query_type: str, term: str = "", limit: int = 10) -> list[Node]:
    """Return at most ``limit`` nodes; lists newest first, walks nearest first, a path from its start.

    ``term``: words for search, a name for by_agent and why, a handle for walks, two handles for path.

    :raises ToolRetry: for an unknown type or a missing term.
    """
    kind = _ALIASES.get(query_type.strip().lower(), query_type.strip().lower())
    if kind not in QUERIES:
        raise ToolRetry(
            f"query_type is {query_type!r}; it must be one of {', '.join(QUERIES)}.{nearest(kind, QUERIES)}"
        )
    if kind in QUERIES[3:] and not term.strip():
        raise ToolRetry(f"query_type {kind} needs search_term: {_NEEDS[kind]}.")
    limit = max(limit, 1)
    if kind == "path":
        return _path(graph, term)[:limit]
    if kind == "why":
        return why(graph, term, limit)
    if kind in ("ancestors", "descendants"):
        handle = graph.get(term.strip()).handle
        walked = graph.ancestors(handle) if kind == "ancestors" else graph.descendants(handle)
        return _plain(graph.nodes[other] for other in walked)[:limit]
    return _listed(graph, kind, term)[:limit]


_NEEDS = {
    "by_agent": "an agent's name",
    "ancestors": "a handle such as D7",
    "descendants": "a handle such as D7",
    "path": "two handles such as 'D1 D7'",
    "why": "a variable, a file, a cell or a handle",
}


def why(graph: Adjacency, name: str, limit: int = 50) -> list[Node]:
    """Return the decisions about a variable, file, cell or handle (newest first), then what led to them (nearest first).

    Nodes that carry the name come before nodes that only mention it as a whole word.
    """
    wanted = fold(name.strip())
    if not wanted:
        return []
    carrying = [node for node in _newest(graph) if _carries(node, wanted)]
    word = re.compile(rf"(?<![\w.]){re.escape(wanted)}(?!\w)")
    known = {node.handle for node in carrying}
    mentioning = [
        node
        for node in _newest(graph)
        if node.handle not in known and not node.auto and word.search(fold(f"{node.title}\n{node.description}"))
    ]
    found = [*_plain(carrying), *mentioning] or carrying
    order = dict.fromkeys(node.handle for node in found)
    for node in found:
        order.update(dict.fromkeys(other for other in graph.ancestors(node.handle) if not graph.nodes[other].auto))
    return [graph.nodes[handle] for handle in order][:limit]


def fold(text: str) -> str:
    """Return ``text`` so that what a person would call the same is equal: case and forms of Unicode do not matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def number(handle: str) -> int:
    """Return the number of a handle, for sorting."""
    return int(handle[1:])


def _carries(node: Node, wanted: str) -> bool:
    names = (node.handle, node.cell, *node.variables, *node.files)
    if any(fold(name) == wanted for name in names if name):
        return True
    return any(fold(path).endswith(f"/{wanted}") for path in node.files)


def _listed(graph: Adjacency, kind: str, term: str) -> list[Node]:
    nodes = _newest(graph)
    if kind == "active_goals":
        return [node for node in nodes if node.kind == "goal" and node.status == "active" and _matches(node, term)]
    if kind == "by_agent":
        wanted = fold(term.strip())
        return [node for node in nodes if not node.auto and fold(node.agent) == wanted]
    return [node for node in nodes if not node.auto and _matches(node, term)]


def _matches(node: Node, term: str) -> bool:
    """Return whether every word of ``term`` stands somewhere in the node."""
    words = fold(term).split()
    if not words:
        return True
    text = fold("\n".join((node.title, node.description, node.agent, node.handle, *node.variables, *node.files)))
    return all(word in text for word in words)


def _path(graph: Adjacency, term: str) -> list[Node]:
    ends = re.findall(r"[dD]\d+", term)
    if len(ends) != 2:
        raise ToolRetry(f"search_term is {term!r}; a path needs two handles, such as 'D1 D7'.")
    first, last = (graph.get(end).handle for end in ends)
    return [graph.nodes[handle] for handle in graph.path(first, last) or graph.path(last, first)[::-1]]


def _newest(graph: Adjacency) -> list[Node]:
    return list(reversed(graph.nodes.values()))


def _plain(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if not node.auto]
