"""Walks and refusals of the graph in memory, against a plain definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.model import ACYCLIC, EDGE_KINDS, Edge, Node

LINKS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8), st.sampled_from(EDGE_KINDS)), max_size=40)


def graph_of(links: list[tuple[int, int, str]]) -> Adjacency:
    graph = Adjacency()
    for number in range(1, 9):
        graph.put(Node(id=str(number), handle=f"D{number}", kind="goal", title=str(number)))
    for source, target, kind in links:
        try:
            graph.check_edge(f"D{source}", f"D{target}", kind)
        except ToolFailed:
            continue
        graph.join(Edge(f"D{source}", f"D{target}", kind))
    return graph


@given(LINKS)
def test_no_sequence_of_links_makes_a_circle(links: list[tuple[int, int, str]]) -> None:
    graph = graph_of(links)
    for edge in graph.edges.values():
        assert edge.source != edge.target
        if edge.kind in ACYCLIC:
            assert graph.path(edge.target, edge.source, ACYCLIC) == []


@given(LINKS)
def test_ancestors_and_descendants_mirror_each_other(links: list[tuple[int, int, str]]) -> None:
    graph = graph_of(links)
    for handle in graph.nodes:
        assert all(handle in graph.descendants(other) for other in graph.ancestors(handle))
        assert set(graph.ancestors(handle, 1)) == {edge.source for edge in graph.into(handle)}
        assert all(graph.path(other, handle) for other in graph.ancestors(handle))


@given(LINKS)
def test_trying_leaves_no_trace(links: list[tuple[int, int, str]]) -> None:
    graph = graph_of(links)
    before = (dict(graph.nodes), dict(graph.edges), [list(graph.out_of(h)) for h in graph.nodes])
    extra = Node(id="x", handle="?0", kind="goal", title="x", doubts={"D1": "D1 → ?0"})
    graph.put(extra)
    edge = Edge("D1", "?0", "enables")
    graph.join(edge)
    assert graph.flagged_by("D1") == {"?0"}
    graph.cut(edge)
    graph.drop(extra)
    assert (dict(graph.nodes), dict(graph.edges), [list(graph.out_of(h)) for h in graph.nodes]) == before
    assert graph.flagged_by("D1") == frozenset()


def test_the_refusal_shows_the_circle() -> None:
    graph = graph_of([(1, 2, "leads_to"), (2, 3, "blocks")])
    with pytest.raises(ToolFailed, match="D1 → D2 → D3 → D1"):
        graph.check_edge("D3", "D1", "supersedes")


def test_a_node_with_many_neighbours_can_be_joined_and_cut() -> None:
    graph = Adjacency()
    for number in range(1, 31):
        graph.put(Node(id=str(number), handle=f"D{number}", kind="goal", title="x"))
    edges = [Edge("D1", f"D{number}", kind) for number in range(2, 31) for kind in ("leads_to", "supports")]
    for edge in edges:
        graph.join(edge)
    assert graph.descendants("D1") == [f"D{number}" for number in range(2, 31)]
    for edge in edges[2:]:
        graph.cut(edge)
    assert (graph.descendants("D1"), graph.ancestors("D2"), graph.ancestors("D30")) == (["D2"], ["D1"], [])
    graph.cut(edges[1])
    assert (graph.descendants("D1"), graph.ancestors("D2", 1)) == (["D2"], ["D1"])
    graph.cut(edges[0])
    assert (graph.descendants("D1"), graph.ancestors("D2")) == ([], [])
