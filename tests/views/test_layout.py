"""Layered layout: edges point down, rows stay narrow, nothing that has a place moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.views.layout import WIDTH, Placement, bridge, lay_out, layers

_DAG = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.just([f"D{i}" for i in range(n)]),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] < e[1]), max_size=60),
    )
)


@given(_DAG)
def test_edges_point_down_and_places_are_unique(dag: tuple[list[str], list[tuple[int, int]]]) -> None:
    nodes, numbers = dag
    edges = [(f"D{a}", f"D{b}") for a, b in numbers]
    places = lay_out(nodes, edges)
    assert set(places) == set(nodes)
    assert len(set(places.values())) == len(nodes)
    assert all(places[a][1] < places[b][1] for a, b in edges)
    rows: dict[float, int] = {}
    for _, y in places.values():
        rows[y] = rows.get(y, 0) + 1
    assert max(rows.values()) <= WIDTH


@given(_DAG, st.integers(0, 40))
def test_new_nodes_do_not_move_the_rest(dag: tuple[list[str], list[tuple[int, int]]], cut: int) -> None:
    nodes, numbers = dag
    placement = Placement()
    old, new = nodes[:cut], nodes[cut:]
    for a, b in numbers:
        if b < cut:
            placement.link(f"D{a}", f"D{b}")
    places = placement.add(old)
    for a, b in numbers:
        if b >= cut:
            placement.link(f"D{a}", f"D{b}")
    more = placement.add(new)
    assert set(more) == set(new)
    together = {**places, **more}
    assert len(set(together.values())) == len(nodes)
    assert all(together[f"D{a}"][1] < together[f"D{b}"][1] for a, b in numbers)


def test_a_cycle_is_cut_not_followed() -> None:
    assert set(layers(["a", "b"], [("a", "b"), ("b", "a")])) == {"a", "b"}


def test_five_thousand_nodes_are_laid_out() -> None:
    nodes = [f"D{i}" for i in range(5000)]
    edges = [(f"D{i // 2}", f"D{i}") for i in range(1, 5000)]
    assert len(lay_out(nodes, edges)) == 5000
    placement = Placement()
    for node in nodes:
        placement.add([node])
    assert len(placement.add(["D5000"])) == 1


def test_hiding_bridges_the_chain() -> None:
    edges = [("a", "x", "chosen"), ("x", "y", "leads_to"), ("y", "b", "leads_to"), ("a", "c", "rejected")]
    assert set(bridge(["a", "b", "c", "x", "y"], edges, {"x", "y"})) == {("a", "b", "leads_to"), ("a", "c", "rejected")}
