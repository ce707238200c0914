"""Leaves hang below older nodes and below each other, in one transaction, with the signals of each one's own scope."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.signals import DecisionLinked, DecisionLogged, Signal
from loomkin_jupyter.memory.graph.draft import placeholder
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.graph.leaves import Leaf
from loomkin_jupyter.memory.graph.model import Node
from loomkin_jupyter.store.store import Store


def leaf(title: str, parent: str | Leaf = "", agent: str = "") -> Leaf:
    node = Node(id=f"dec_{title}", handle=placeholder(0), kind="action", title=title, agent=agent)
    return Leaf(node, parent, {"team": "main", "agent": agent, "run": "r", "cause": f"sig_{title}"})


async def test_leaves_hang_below_nodes_and_each_other(graph: Graph, store: Store, heard: list[Signal]) -> None:
    root = await graph.log("goal", "root")
    first = leaf("first", root.handle, "ada")
    second = leaf("second", first, "bob")
    third = leaf("third")
    made = await graph.log_leaves([first, second, third])
    assert [node.handle for node in made] == [first.handle, second.handle, third.handle] == ["D2", "D3", "D4"]
    later = leaf("later", second)
    await graph.log_leaves([later])
    assert graph.adjacency.ancestors(later.handle) == ["D3", "D2", "D1"]
    logged = [(s.handle, s.agent, s.cause) for s in heard if isinstance(s, DecisionLogged) and s.cause]
    assert logged == [
        ("D2", "ada", "sig_first"),
        ("D3", "bob", "sig_second"),
        ("D4", "", "sig_third"),
        ("D5", "", "sig_later"),
    ]
    linked = [(s.source, s.target, s.agent) for s in heard if isinstance(s, DecisionLinked)]
    assert linked == [("D1", "D2", "ada"), ("D2", "D3", "bob"), ("D3", "D5", "")]
    again = Graph(store)
    await again.load()
    assert [(e.source, e.target) for e in again.edges()] == [(e.source, e.target) for e in graph.edges()]


async def test_an_unknown_parent_writes_nothing(graph: Graph) -> None:
    with pytest.raises(ToolRetry):
        await graph.log_leaves([leaf("fine"), leaf("lost", "D9")])
    assert graph.nodes() == []
