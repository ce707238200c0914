"""Doubt reaches exactly what rests on the doubtful node, in both readings, five steps far."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.cascade import reach, sources_above, spread
from loomkin_jupyter.memory.graph.model import Edge, Node

LINKS = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(1, 9), st.sampled_from(["requires", "blocks", "enables", "leads_to", "supports"])
    ),
    max_size=30,
)


def graph_of(links: list[tuple[int, int, str]], doubtful: set[int]) -> Adjacency:
    graph = Adjacency()
    for number in range(1, 10):
        confidence = 10 if number in doubtful else 90
        graph.put(Node(id=str(number), handle=f"D{number}", kind="decision", title="x", confidence=confidence))
    for source, target, kind in links:
        if source != target:
            graph.join(Edge(f"D{source}", f"D{target}", kind))
    return graph


@given(LINKS, st.sets(st.integers(1, 9)))
def test_reach_and_sources_agree(links: list[tuple[int, int, str]], doubtful: set[int]) -> None:
    graph = graph_of(links, doubtful)
    for handle in graph.nodes:
        for other, path in reach(graph, handle, 4).items():
            assert path.startswith(handle)
            assert path.endswith(other)
            assert path.count("→") <= 4
            assert (handle in sources_above(graph, other)) == graph.nodes[handle].doubtful


def test_requires_is_read_backwards_and_the_others_forwards() -> None:
    graph = graph_of(
        [(2, 1, "requires"), (1, 3, "blocks"), (1, 4, "enables"), (5, 1, "enables"), (1, 6, "leads_to")], {1}
    )
    assert reach(graph, "D1") == {"D2": "D1 → D2", "D3": "D1 → D3", "D4": "D1 → D4"}


def test_what_is_flagged_already_is_not_flagged_again() -> None:
    graph = graph_of([(1, 2, "enables"), (2, 3, "enables")], {1})
    found = spread(graph, graph.nodes["D1"], ["D2", "D7"])
    assert dict(found.flagged) == {"D3": "D1 → D2 → D3"}
    assert found.cleared == ("D7",)
