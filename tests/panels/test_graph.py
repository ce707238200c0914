# pyright: basic
"""The graph panel and its export."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.panels.graph import CYTOSCAPE_MOST, GraphPanel
from loomkin_jupyter.panels.pump import Pump


def answer(command: dict[str, Any]) -> Future[dict[str, Any]]:
    return Future()


async def test_the_static_sibling_is_the_graph(pump: Pump) -> None:
    panel = GraphPanel(pump, answer)
    data, _ = panel._repr_mimebundle_()
    assert "<ol>" in data["text/html"]
    assert "data:image/svg+xml;base64," in data["text/html"]


@pytest.mark.filterwarnings("ignore")
async def test_export_to_ipycytoscape_bridges_what_was_logged_automatically(pump: Pump) -> None:
    pump.take(s.DecisionLogged(node="x", handle="D3", kind="action", title="auto", auto=True, run="r"))
    pump.take(s.DecisionLogged(node="y", handle="D4", kind="outcome", title="end", run="r"))
    pump.take(s.DecisionLinked(source="D2", target="D3", kind="leads_to"))
    pump.take(s.DecisionLinked(source="D3", target="D4", kind="leads_to"))
    widget = GraphPanel(pump, answer).to_ipycytoscape()
    assert {node.data["id"] for node in widget.graph.nodes} == {"D1", "D2", "D4"}
    assert {(edge.data["source"], edge.data["target"]) for edge in widget.graph.edges} == {("D1", "D2"), ("D2", "D4")}


async def test_too_large_a_graph_is_refused_with_the_way_out(pump: Pump) -> None:
    for number in range(CYTOSCAPE_MOST + 1):
        pump.take(s.DecisionLogged(node=str(number), handle=f"D{number + 10}", kind="goal", title="x", run="r"))
    with pytest.raises(UsageError, match="built-in graph panel"):
        GraphPanel(pump, answer).to_ipycytoscape()
