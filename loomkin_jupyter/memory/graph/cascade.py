"""How doubt spreads: which nodes rest on a doubtful one, along which path, and whose flags go when it recovers. Pure.

A requires B: doubt in B flags A. A blocks or enables B: doubt in A flags B. A node loses its flag from one source
without losing those from others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from loomkin_jupyter.memory.graph.adjacency import ARROW, Adjacency
from loomkin_jupyter.memory.graph.model import Node

DEPTH = 5


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What one source's doubt changes: new flags (handle → path) and flags that go."""

    source: str
    flagged: Mapping[str, str] = {}
    cleared: tuple[str, ...] = ()


def reach(graph: Adjacency, source: str, depth: int = DEPTH) -> dict[str, str]:
    """Return every node that rests on ``source`` within ``depth`` steps, with the shortest path to it."""
    paths: dict[str, str] = {}
    front = [(source, source)]
    for _ in range(depth):
        following: list[tuple[str, str]] = []
        for at, path in front:
            for other in graph.dependents(at):
                if other != source and other not in paths:
                    paths[other] = f"{path}{ARROW}{other}"
                    following.append((other, paths[other]))
        front = following
    return paths


def sources_above(graph: Adjacency, handle: str, depth: int = DEPTH) -> list[str]:
    """Return the doubtful nodes whose doubt can pass through ``handle``, itself included."""
    found = [handle] if graph.nodes[handle].doubtful else []
    seen, front = {handle}, [handle]
    for _ in range(depth - 1):
        following: list[str] = []
        for at in front:
            for other in graph.supports_of(at):
                if other not in seen:
                    seen.add(other)
                    following.append(other)
        found += [other for other in following if graph.nodes[other].doubtful]
        front = following
    return found


def spread(graph: Adjacency, source: Node, flags_now: Iterable[str]) -> Spread:
    """Return what must change so that exactly the nodes within reach of a doubtful ``source`` bear its flag.

    ``source`` is the node as it will be; ``flags_now`` are the handles that bear its flag.
    """
    wanted = reach(graph, source.handle) if source.doubtful else {}
    bearing = set(flags_now)
    return Spread(
        source=source.handle,
        flagged={handle: path for handle, path in wanted.items() if handle not in bearing},
        cleared=tuple(sorted(bearing - wanted.keys(), key=lambda handle: int(handle[1:]))),
    )
