"""Logging, linking, revising and pivoting: one transaction each, signals after the commit, nothing half done."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from loomkin_jupyter.core.errors import StoreError, ToolFailed, ToolRetry
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.core.signals import (
    ConfidenceRevised,
    DecisionLinked,
    DecisionLogged,
    DecisionStatusChanged,
    DoubtCleared,
    DoubtSpread,
    Signal,
)
from loomkin_jupyter.memory.graph.graph import Graph, Pivot
from loomkin_jupyter.memory.graph.model import NODE_KINDS, Node
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.decisions import edges, nodes
from loomkin_jupyter.store.tables.intents import intents


async def test_a_node_and_its_edge_are_one_change(graph: Graph, heard: list[Signal], caller: Caller) -> None:
    goal = await graph.log("goal", "Audit flights", caller=caller, variables=["flights"])
    node = await graph.log("decision", "Drop nothing", "keep it raw", 80, parent="d1", caller=caller, cell="c1")
    assert (goal.handle, node.handle) == ("D1", "D2")
    logged = [signal for signal in heard if isinstance(signal, DecisionLogged)]
    linked = [signal for signal in heard if isinstance(signal, DecisionLinked)]
    assert [signal.handle for signal in logged] == ["D1", "D2"]
    assert logged[0].variables == ["flights"]
    assert (logged[1].agent, logged[1].run, logged[1].cause) == ("analyst", "run_1", "call_1")
    assert [(edge.source, edge.target, edge.kind) for edge in linked] == [("D1", "D2", "leads_to")]
    assert graph.get("D2").confidence == 80


@pytest.mark.parametrize("kind", NODE_KINDS)
async def test_every_kind_can_be_logged(graph: Graph, kind: str) -> None:
    assert (await graph.log(kind.upper(), "something")).kind == kind


async def test_what_a_model_gets_wrong_is_explained(graph: Graph) -> None:
    with pytest.raises(ToolRetry, match=r"node_type is 'decison'.*Did you mean decision"):
        await graph.log("decison", "x")
    with pytest.raises(ToolRetry, match="title is empty"):
        await graph.log("goal", "  ")
    with pytest.raises(ToolRetry, match="confidence is 120"):
        await graph.log("goal", "x", confidence=120)
    with pytest.raises(ToolRetry, match="no decision 'D9'"):
        await graph.log("goal", "x", parent="D9")
    with pytest.raises(ToolRetry, match="edge_type"):
        await graph.log("goal", "x", parent="D9", edge="causes")
    assert graph.nodes() == []


async def test_edges_are_unique_and_make_no_circles(graph: Graph) -> None:
    await graph.log("goal", "a")
    await graph.log("decision", "b", parent="D1")
    await graph.log("action", "c", parent="D2", edge="enables")
    with pytest.raises(ToolFailed, match="already"):
        await graph.link("D1", "D2", "leads_to")
    with pytest.raises(ToolFailed, match="itself"):
        await graph.link("D1", "D1", "supports")
    with pytest.raises(ToolFailed, match="D3 requires D1 would close a circle: D1 → D2 → D3 → D1"):
        await graph.link("D3", "D1", "requires")
    assert (await graph.link("D3", "D1", "supports")).kind == "supports"
    assert (await graph.link("D1", "D2", "chosen", "best")).rationale == "best"


async def test_links_that_close_a_circle_together_meet_one_refusal(graph: Graph) -> None:
    for title in "ab":
        await graph.log("goal", title)
    results = await asyncio.gather(graph.link("D1", "D2"), graph.link("D2", "D1"), return_exceptions=True)
    assert sum(isinstance(result, ToolFailed) for result in results) == 1


async def test_doubt_spreads_with_paths_and_clears(graph: Graph, heard: list[Signal]) -> None:
    await graph.log("decision", "base", confidence=90)
    await graph.log("decision", "enabled", parent="D1", edge="enables")
    await graph.log("decision", "asks for D1")
    await graph.link("D3", "D1", "requires")
    await graph.log("decision", "only follows", parent="D1")
    await graph.log("decision", "blocked by D2", parent="D2", edge="blocks")
    heard.clear()
    revised = await graph.revise("D1", 30, "the numbers were wrong", "reviewer")
    assert revised.confidence == 30
    assert [type(signal) for signal in heard] == [ConfidenceRevised, DoubtSpread]
    spread = heard[1]
    assert isinstance(spread, DoubtSpread)
    assert dict(zip(spread.flagged, spread.paths, strict=True)) == {
        "D2": "D1 → D2",
        "D3": "D1 → D3",
        "D5": "D1 → D2 → D5",
    }
    assert [node.handle for node in graph.flagged_by("D1")] == ["D2", "D3", "D5"]
    assert not graph.get("D4").uncertain
    heard.clear()
    await graph.revise("D1", 40)
    assert [type(signal) for signal in heard] == [ConfidenceRevised]
    await graph.revise("D1", 50)
    assert isinstance(heard[-1], DoubtCleared)
    assert heard[-1].cleared == ["D2", "D3", "D5"]
    assert not any(node.uncertain for node in graph.nodes())


async def test_a_flag_from_another_source_stays(graph: Graph) -> None:
    await graph.log("decision", "one", confidence=10)
    await graph.log("decision", "two", confidence=10)
    await graph.log("action", "both", parent="D1", edge="enables")
    await graph.link("D2", "D3", "enables")
    assert dict(graph.get("D3").doubts) == {"D1": "D1 → D3", "D2": "D2 → D3"}
    await graph.revise("D1", 90)
    assert dict(graph.get("D3").doubts) == {"D2": "D2 → D3"}


async def test_doubt_reaches_what_is_built_on_it_later(graph: Graph, heard: list[Signal]) -> None:
    await graph.log("decision", "shaky", confidence=20)
    node = await graph.log("action", "built on it", parent="D1", edge="enables")
    assert dict(node.doubts) == {"D1": "D1 → D2"}
    needed = await graph.log("observation", "weak ground", parent="D2", edge="requires", confidence=10)
    assert dict(graph.get("D2").doubts) == {"D1": "D1 → D2", needed.handle: "D3 → D2"}
    assert isinstance(heard[-1], DoubtSpread)
    assert heard[-1].paths == ["D3 → D2"]


async def test_doubt_ends_after_five_steps(graph: Graph) -> None:
    await graph.log("decision", "0", confidence=90)
    for step in range(1, 8):
        await graph.log("decision", str(step), parent=f"D{step}", edge="enables")
    await graph.revise("D1", 0)
    assert [node.handle for node in graph.flagged_by("D1")] == ["D2", "D3", "D4", "D5", "D6"]


async def test_a_pivot_is_one_change_and_casts_doubt(graph: Graph, heard: list[Signal], caller: Caller) -> None:
    await graph.log("decision", "Use the mean", confidence=70, caller=caller, variables=["flights"])
    await graph.log("action", "Averages", parent="D1", edge="enables")
    heard.clear()
    pivot = await graph.pivot("D1", "It is skewed", "Use the median", 85, caller=caller)
    assert [node.kind for node in (pivot.observation, pivot.revisit, pivot.decision)] == [
        "observation",
        "revisit",
        "decision",
    ]
    assert pivot.old.status == "superseded"
    assert pivot.decision.variables == ("flights",)
    kinds = [(edge.source, edge.target, edge.kind) for edge in graph.edges()[1:]]
    assert kinds == [
        ("D1", "D3", "leads_to"),
        ("D3", "D4", "leads_to"),
        ("D4", "D5", "leads_to"),
        ("D1", "D5", "supersedes"),
    ]
    assert sum(isinstance(signal, DecisionStatusChanged) for signal in heard) == 1
    assert graph.get("D2").uncertain
    with pytest.raises(ToolFailed, match="superseded"):
        await graph.pivot("D1", "again", "again")


async def test_superseding_by_a_link_changes_the_older_node(graph: Graph) -> None:
    await graph.log("decision", "old")
    await graph.log("decision", "new", parent="D1", edge="supersedes")
    assert graph.get("D1").status == "superseded"
    assert (await graph.set_status("D1", "active")).status == "active"
    assert (await graph.set_status("D2", "abandoned")).status == "abandoned"
    with pytest.raises(ToolRetry, match="status"):
        await graph.set_status("D2", "gone")


async def test_the_next_session_finds_everything(graph: Graph, store: Store, caller: Caller) -> None:
    await graph.log("goal", "Größe prüfen", caller=caller, files=["a.py"], variables=["x"])
    await graph.log("decision", "b", confidence=90, parent="D1", edge="enables")
    await graph.revise("D1", 5, "why not")
    again = Graph(store)
    await again.load()
    assert again.nodes() == graph.nodes()
    assert again.edges() == graph.edges()
    assert [node.handle for node in again.flagged_by("D1")] == ["D2"]


async def test_what_another_process_wrote_is_picked_up(graph: Graph, store: Store, tmp_path: Path) -> None:
    await graph.log("goal", "mine")
    assert not await graph.refresh()
    other_store = Store.open(tmp_path / "loomkin.db")
    other = Graph(other_store)
    await other.log("goal", "theirs", parent="D1")
    await other.revise("D1", 12)
    await other_store.close()
    assert await graph.refresh()
    assert [node.title for node in graph.nodes()] == ["mine", "theirs"]
    assert graph.get("D1").confidence == 12


async def test_the_tool_result_is_noted_with_the_change(graph: Graph, store: Store) -> None:
    values = {"call": "call_1", "agent": "a", "team": "t", "tool": "decision_log", "arguments": "{}"}
    columns = {column.name for column in intents.columns}
    await store.transact(
        lambda tx: tx.conn.execute(
            sa.insert(intents).values(
                {k: v for k, v in {**values, "status": "open", "begun": 0.0}.items() if k in columns}
            )
        )
    )
    await graph.log("goal", "x", effect=("call_1", lambda node: f"id: {node.handle}"))
    query = sa.select(intents.c.effect).where(intents.c.call == "call_1")
    assert await store.read(lambda conn: conn.execute(query).scalar_one()) == "id: D1"


async def test_a_failed_change_leaves_nothing_behind(graph: Graph, store: Store, heard: list[Signal]) -> None:
    await graph.log("goal", "there")
    heard.clear()

    def broken(node: Node) -> str:
        raise StoreError("the disk is full")

    def broken_pivot(pivot: Pivot) -> str:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        await graph.log("goal", "lost", parent="D1", effect=("call", broken))
    with pytest.raises(StoreError):
        await graph.pivot("D1", "a", "b", effect=("call", broken_pivot))
    assert heard == []
    assert [node.title for node in graph.nodes()] == ["there"]
    counts = await store.read(
        lambda conn: [
            conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in (nodes, edges)
        ]
    )
    assert counts == [1, 0]
    assert graph.get("D1").status == "active"
    assert (await graph.log("goal", "next", parent="D1")).title == "next"


async def test_a_cancelled_caller_leaves_memory_and_rows_in_step(graph: Graph, store: Store) -> None:
    await graph.log("goal", "there")
    task = asyncio.ensure_future(graph.log("goal", "cut off", parent="D1", edge="enables"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    again = Graph(store)
    await again.load()
    assert again.nodes() == graph.nodes()


async def test_many_agents_log_at_once(graph: Graph) -> None:
    await graph.log("goal", "root")
    logged = await asyncio.gather(*(graph.log("action", f"step {n}", parent="D1") for n in range(200)))
    assert len({node.handle for node in logged}) == 200
    assert graph.statistics() == {"nodes": 201, "edges": 200, "auto": 0, "uncertain": 0, "superseded": 0}
