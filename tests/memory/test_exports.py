"""Exports hold every node and edge, are safe to paste, and hiding nodes cuts no chain."""

from __future__ import annotations

import json

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.memory.exports import export, export_views, views, without
from loomkin_jupyter.memory.graph.model import Edge, Node

NODES = [
    Node(id="1", handle="D1", kind="goal", title='Say "why" <b> & how', agent="lead", variables=("flights",)),
    Node(id="2", handle="D2", kind="action", title="by itself", auto=True),
    Node(id="3", handle="D3", kind="action", title="by itself too", auto=True),
    Node(
        id="4",
        handle="D4",
        kind="decision",
        title="keep *all*\\",
        description="one\ntwo",
        confidence=40,
        doubts={"D1": "D1 → D4"},
    ),
]
EDGES = [
    Edge("D1", "D2", "leads_to"),
    Edge("D2", "D3", "leads_to"),
    Edge("D3", "D4", "requires"),
    Edge("D1", "D4", "chosen"),
]


def test_hidden_nodes_cut_no_chain() -> None:
    nodes, edges = without(*views(NODES, EDGES), lambda node: bool(node["auto"]))
    assert [node["handle"] for node in nodes] == ["D1", "D4"]
    assert {(e["source"], e["target"], e["kind"]) for e in edges} == {("D1", "D4", "leads_to"), ("D1", "D4", "chosen")}


def test_json_holds_everything() -> None:
    data = json.loads(export(NODES, EDGES, "json", auto=True))
    assert len(data["nodes"]) == 4
    assert len(data["edges"]) == 4
    assert data["nodes"][3]["uncertain"] == ["D1 → D4"]
    assert data["nodes"][0]["variables"] == ["flights"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("dot", '"D4" [label="D4 keep *all*\\\\ (40 %) [uncertain]", shape=box];'),
        ("mermaid", 'D1{{"D1 Say &quot;why&quot; &lt;b&gt; &amp; how"}}'),
        ("markdown", "- **D4** keep \\*all\\*\\\\ (40 %) \\[uncertain\\]"),
    ],
)
def test_texts_are_escaped(form: str, expected: str) -> None:
    text = export(NODES, EDGES, form)
    assert expected in text
    assert "by itself" not in text


def test_an_unknown_form_names_the_valid_ones() -> None:
    with pytest.raises(UsageError, match=r"no export 'dott'.*Did you mean dot"):
        export_views([], [], "dott")
