"""The decision graph through its tools."""

from __future__ import annotations

import asyncio
import threading
from typing import Any


async def test_logging_remembers_variables_files_and_the_effect(bench: Any) -> None:
    (bench.root / "load.py").write_text("")
    bench.namespace.variables.update(flights=1, other=2)
    result = await bench.run(
        "decision_log", node_type="goal", title="Audit flights with load.py and gone.py", confidence=80
    )
    assert result.text.startswith("id: D1\n") and result.data == {"id": "D1"}
    node = bench.ctx.services.graph.get("D1")
    assert node.variables == ("flights",) and node.files == ("load.py",) and node.agent == "ada"
    child = await bench.run(
        "decision_log", node_type="decision", title="Drop rows", parent_id="D1", edge_type="enables"
    )
    assert child.status == "ok"
    intent = await bench.intent("call_1")
    assert intent.effect == result.text and intent.status == "ok"
    assert "D1" in (await bench.run("decision_query", query_type="why", search_term="flights")).text
    found = (await bench.run("decision_query", query_type="pulse")).text
    assert found.startswith("health ") and "without consequence" in found


async def test_a_node_is_joined_to_its_variables_while_a_cell_runs(bench: Any) -> None:
    bench.namespace.variables.update(flights=1)
    go, began = threading.Event(), threading.Event()

    def cell(names: dict[str, Any]) -> None:
        began.set()
        go.wait(60)

    running = asyncio.ensure_future(bench.namespace.call(cell, agent="user"))
    await asyncio.to_thread(began.wait, 60)
    try:
        assert (await bench.run("decision_log", node_type="goal", title="Audit flights")).status == "ok"
        assert not running.done()
        assert bench.ctx.services.graph.get("D1").variables == ("flights",)
    finally:
        go.set()
        await running


async def test_doubt_is_told(bench: Any) -> None:
    await bench.run("decision_log", node_type="decision", title="a", confidence=90)
    await bench.run("decision_log", node_type="decision", title="b", parent_id="D1", edge_type="enables")
    result = await bench.run("decision_revise", node_id="D1", confidence=20, reason="wrong unit")
    assert "D2" in result.text and "uncertain" in (await bench.run("decision_query", query_type="recent")).text


async def test_pivots(bench: Any) -> None:
    await bench.run("decision_log", node_type="decision", title="a")
    result = await bench.run("pivot_decision", old_node_id="D1", observation="slow", new_approach="b", confidence=70)
    assert result.text.startswith("id: D") and "superseded" in result.text


async def test_mistakes_are_named(bench: Any) -> None:
    for arguments in ({"node_type": "wish", "title": "x"}, {"node_type": "goal", "title": "x", "confidence": 101},
                      {"node_type": "goal", "title": "x", "parent_id": "D9"}):  # fmt: skip
        assert (await bench.run("decision_log", **arguments)).status == "failed"
    assert (await bench.run("decision_revise", node_id="D9", confidence=1, reason="x")).status == "failed"
    assert "Nothing" in (await bench.run("decision_query", query_type="search", search_term="zzz")).text
