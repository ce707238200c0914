"""The pulse names what is wrong with the graph as it is at this moment."""

from __future__ import annotations

from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.pulse import STALE_S, pulse


async def test_an_empty_graph_is_healthy(graph: Graph) -> None:
    assert pulse(graph.adjacency, 0.0).text() == "health 100 of 100"


async def test_each_flaw_is_named(graph: Graph) -> None:
    await graph.log("goal", "nothing came of it")
    await graph.log("goal", "reached")
    await graph.log("outcome", "there", parent="D2")
    await graph.log("observation", "lonely", confidence=20)
    await graph.log("option", "both", parent="D2", edge="chosen")
    await graph.link("D2", "D5", "rejected")
    await graph.log("decision", "rests on it", parent="D4", edge="enables")
    now = graph.get("D1").created
    seen = pulse(graph.adjacency, now)
    assert seen.coverage_gaps == ("D1", "D6")
    assert seen.orphans == ()
    assert seen.low_confidence == ("D4",)
    assert seen.uncertain == ("D6",)
    assert seen.contradictions == (("D2", "D5"),)
    assert seen.stale == ()
    assert seen.health == 100 - 20 - 6 - 10
    assert seen.lines()[0] == "- without consequence: D1, D6"
    assert seen.lines()[-1] == "- contradictory: D2 and D5"
    assert pulse(graph.adjacency, now + STALE_S + 60).stale == ("D1", "D2", "D3", "D4", "D5", "D6")
    await graph.log("action", "now something came of it", parent="D1")
    assert pulse(graph.adjacency, now).coverage_gaps == ("D6",)
