"""Each question to the graph, with Unicode and with nodes that logged themselves."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.graph.model import Node


def handles(nodes: list[Node]) -> list[str]:
    return [node.handle for node in nodes]


@pytest.fixture
async def full(graph: Graph, caller: Caller) -> Graph:
    await graph.log("goal", "Prüfe die STRAẞE", caller=caller, files=["data/flights.csv.gz"])
    await graph.log("action", "Task T1", auto=True, parent="D1", variables=["flights"])
    await graph.log("decision", "Keep flights raw", "it is large", 80, parent="D2", variables=["flights"], cell="c3")
    await graph.log("outcome", "done", parent="D3")
    await graph.log("decision", "look at preflights only")
    return graph


async def test_search_ignores_case_and_forms(full: Graph) -> None:
    assert handles(full.query("search", "prüfe strasse")) == ["D1"]
    assert handles(full.query("search", "LARGE raw")) == ["D3"]
    assert full.query("search", "zebra") == []


async def test_lists_hide_what_logged_itself(full: Graph) -> None:
    assert handles(full.query("recent", limit=2)) == ["D5", "D4"]
    assert "D2" not in handles(full.query("recent"))
    assert handles(full.query("active_goals")) == ["D1"]
    assert handles(full.query("by_agent", "Analyst")) == ["D1"]


async def test_walks_pass_through_hidden_nodes(full: Graph) -> None:
    assert handles(full.query("ancestors", "d4")) == ["D3", "D1"]
    assert handles(full.query("descendants", "D1")) == ["D3", "D4"]
    assert handles(full.query("path", "from D1 to D4")) == ["D1", "D2", "D3", "D4"]
    assert handles(full.query("path", "D4 D1")) == ["D4", "D3", "D2", "D1"]


@pytest.mark.parametrize("name", ["flights", "FLIGHTS", "c3", "D3"])
async def test_why_finds_the_decision_and_what_led_to_it(full: Graph, name: str) -> None:
    assert handles(full.why(name))[:2] == ["D3", "D1"]


async def test_why_knows_files_and_whole_words_only(full: Graph) -> None:
    assert handles(full.why("flights.csv.gz")) == ["D1"]
    assert "D5" not in handles(full.why("flights"))
    assert handles(full.query("why", "preflights")) == ["D5"]
    assert full.why("") == full.why("nothing") == []


async def test_mistakes_are_explained(full: Graph) -> None:
    with pytest.raises(ToolRetry, match=r"query_type is 'resent'.*Did you mean recent"):
        full.query("resent")
    with pytest.raises(ToolRetry, match="needs search_term"):
        full.query("ancestors")
    with pytest.raises(ToolRetry, match="two handles"):
        full.query("path", "D1")
    with pytest.raises(ToolRetry, match="no decision 'D99'"):
        full.query("ancestors", "D99")
