"""Nodes and edges of the decision graph, their kinds, and the checks that need no graph. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from loomkin_jupyter.core.errors import ToolRetry, nearest

NodeKind = Literal["goal", "decision", "option", "action", "outcome", "observation", "revisit"]
NodeStatus = Literal["active", "superseded", "abandoned"]
EdgeKind = Literal[
    "leads_to", "chosen", "rejected", "requires", "blocks", "enables", "supersedes", "supports", "revises", "summarizes"
]

NODE_KINDS: tuple[str, ...] = get_args(NodeKind)
NODE_STATUSES: tuple[str, ...] = get_args(NodeStatus)
EDGE_KINDS: tuple[str, ...] = get_args(EdgeKind)
ACYCLIC: frozenset[str] = frozenset({"leads_to", "requires", "blocks", "enables", "supersedes"})
"""A cycle made of edges of these kinds, mixed or not, is refused."""
CARRIES_DOUBT: frozenset[str] = frozenset({"requires", "blocks", "enables"})
THRESHOLD = 50
"""A confidence below this is doubt."""

_MOST_TITLE = 500


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was wanted, weighed, decided, done or seen. ``confidence`` in percent, None when not given.

    ``doubts`` maps the handle of a doubtful node this one rests on to the path from it (``D1 → D2``).
    """

    id: str
    handle: str
    kind: str
    title: str
    description: str = ""
    confidence: int | None = None
    status: str = "active"
    doubts: Mapping[str, str] = {}
    auto: bool = False
    team: str = ""
    agent: str = ""
    run: str = ""
    task: str = ""
    keeper: str = ""
    cell: str = ""
    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    commit: str = ""
    created: float = 0.0
    updated: float = 0.0

    @property
    def doubtful(self) -> bool:
        """Whether what rests on this node should be questioned."""
        return self.status == "superseded" or (self.confidence is not None and self.confidence < THRESHOLD)

    @property
    def uncertain(self) -> bool:
        """Whether something this node rests on is doubtful."""
        return bool(self.doubts)


class Edge(msgspec.Struct, frozen=True):
    """``source`` and ``target`` are handles. Of *supersedes* the source is the older node, the target the newer."""

    source: str
    target: str
    kind: str
    rationale: str = ""
    created: float = 0.0


def check_kind(kind: str) -> str:
    """Return ``kind`` in lower case.

    :raises ToolRetry: when no node has such a kind.
    """
    return _one_of(kind, NODE_KINDS, "node_type")


def check_edge_kind(kind: str) -> str:
    """Return ``kind`` in lower case.

    :raises ToolRetry: when no edge has such a kind.
    """
    return _one_of(kind, EDGE_KINDS, "edge_type")


def check_title(title: str) -> str:
    """Return the title without outer blanks, on one line.

    :raises ToolRetry: when nothing is left of it or it is a whole text.
    """
    title = " ".join(title.split())
    if not title:
        raise ToolRetry("title is empty; say in one line what it is.")
    if len(title) > _MOST_TITLE:
        raise ToolRetry(
            f"title has {len(title)} characters, at most {_MOST_TITLE} are allowed; move the rest to description."
        )
    return title


def check_confidence(confidence: int | None) -> int | None:
    """Return the confidence.

    :raises ToolRetry: unless it is None or an integer from 0 to 100.
    """
    # bool is an int to Python, and True would pass as 1 %.
    if confidence is not None and (isinstance(confidence, bool) or not 0 <= confidence <= 100):
        raise ToolRetry(f"confidence is {confidence!r}; give a whole number from 0 to 100, or leave it out.")
    return confidence


def _one_of(given: str, valid: tuple[str, ...], argument: str) -> str:
    name = given.strip().lower()
    if name not in valid:
        raise ToolRetry(f"{argument} is {given!r}; it must be one of {', '.join(valid)}.{nearest(name, valid)}")
    return name
