"""Looking at a record: status, why, graph and cost, with nothing there and after a run."""

from __future__ import annotations

import json

from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.cli.conftest import Loomkin


def test_without_a_record_each_says_what_to_do(loomkin: Loomkin):
    for command in (["status"], ["why", "D1"], ["graph"], ["cost"]):
        code, out, err = loomkin(*command)
        assert (code, out) == (1, "")
        assert "loomkin run" in err


def test_after_a_run_everything_can_be_looked_at(loomkin: Loomkin, server: ScriptedServer):
    logged = {"node_type": "decision", "title": "Use [metres]", "confidence": 80}
    unsure = {"node_type": "observation", "title": "No confidence here"}
    server.script = steps({"lead": [Reply(calls=[("decision_log", logged), ("decision_log", unsure)]), "Done."]})
    assert loomkin("Decide now.")[0] == 0
    code, out, _ = loomkin("status")
    assert code == 0
    assert "Decide now." in out
    assert "not running" in out
    assert json.loads(loomkin("status", "--json")[1])["live"] == []
    assert "Use [metres]" in loomkin("graph")[1]
    nodes = json.loads(loomkin("graph", "--format", "json")[1])["nodes"]
    handle = next(node["handle"] for node in nodes if node["title"] == "Use [metres]")
    assert "Use [metres] (80 %)" in loomkin("why", handle)[1]
    assert json.loads(loomkin("why", "metres", "--json")[1])[0]["handle"] == handle
    for form in ("dot", "mermaid", "markdown"):
        assert "metres" in loomkin("graph", "--format", form)[1]
    code, _, err = loomkin("why", "D999")
    assert code == 1
    assert "D999" in err
    assert "2 model calls" in loomkin("cost")[1]
    assert json.loads(loomkin("cost", "--json")[1])["calls"] == 2


def test_what_took_a_decisions_place_is_said(loomkin: Loomkin, server: ScriptedServer):
    old = {"node_type": "decision", "title": "Use the mean", "confidence": 80}
    pivot = {"old_node_id": "D2", "observation": "There are outliers", "new_approach": "Use the median"}
    server.script = steps(
        {"lead": [Reply(calls=[("decision_log", old)]), Reply(calls=[("pivot_decision", pivot)]), "Done."]}
    )
    assert loomkin("Decide now.")[0] == 0
    nodes = json.loads(loomkin("graph", "--format", "json")[1])["nodes"]
    handles = {node["title"]: node["handle"] for node in nodes}
    new = next(handle for title, handle in handles.items() if "median" in title)
    assert handles["Use the mean"] == "D2"
    assert f"[superseded by {new}]" in loomkin("why", "D2")[1]
    assert f"[superseded by {new}]" in loomkin("graph")[1]
    assert "supersedes D2" in loomkin("why", new)[1]
    assert f"D2 -->|superseded by| {new}" in loomkin("graph", "--format", "mermaid")[1]
