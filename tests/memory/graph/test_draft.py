"""A draft is completed without touching the graph it will change."""

from __future__ import annotations

from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.draft import Draft, placeholder, settle
from loomkin_jupyter.memory.graph.model import Edge, Node


def test_settling_flags_old_and_new_nodes_and_leaves_the_graph_alone() -> None:
    graph = Adjacency()
    graph.put(Node(id="1", handle="D1", kind="decision", title="shaky", confidence=10))
    graph.put(Node(id="2", handle="D2", kind="decision", title="other"))
    new = Node(id="3", handle=placeholder(0), kind="action", title="new")
    draft = Draft(new=[new], edges=[Edge("D1", "?0", "enables"), Edge("?0", "D2", "enables")])
    settle(graph, draft)
    assert dict(draft.new[0].doubts) == {"D1": "D1 → ?0"}
    assert dict(draft.changed["D2"].doubts) == {"D1": "D1 → ?0 → D2"}
    assert list(graph.nodes) == ["D1", "D2"]
    assert graph.edges == {}
    assert graph.flagged_by("D1") == frozenset()


def test_a_status_that_stays_is_no_change() -> None:
    draft = Draft()
    node = Node(id="1", handle="D1", kind="decision", title="x")
    draft.set_status(node, "active")
    assert (draft.statuses, draft.changed) == ([], {})
    draft.set_status(node, "superseded")
    assert draft.statuses == [("D1", "superseded", "active")]
