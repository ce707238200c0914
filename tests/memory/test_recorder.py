"""Runs, tasks and changed files log themselves in order, joined to the run's goal; reads do not."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.core.signals import (
    AgentSpawned,
    AgentStatusChanged,
    FileChanged,
    RunFinished,
    RunStarted,
    TaskCompleted,
    TaskCreated,
    TaskStatusChanged,
    ToolFinished,
    ToolStarted,
)
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.graph.leaves import Leaf
from loomkin_jupyter.memory.graph.model import Node
from loomkin_jupyter.memory.recorder import Recorder
from loomkin_jupyter.store.store import Store


async def test_a_run_is_recorded_as_one_chain(graph: Graph) -> None:
    recorder = Recorder(graph)
    scope: dict[str, Any] = {"team": "main", "run": "run_1", "agent": "lead"}
    for signal in (
        RunStarted(request="Audit flights", cell="c7", **scope),
        TaskCreated(task="T1", title="Profile", **scope),
        FileChanged(call="c", path="a.py", before="", after="x", **scope),
        FileChanged(call="c", path="a.py", before="x", after="y", **scope),
        ToolFinished(call="c", tool="file_read", status="ok", **scope),
        TaskCompleted(task="T1", result="412 missing", files_changed=["a.py"], **scope),
        TaskCreated(task="T2", title="Other", **scope),
        TaskStatusChanged(task="T2", status="failed", was="in_progress", reason="no data", **scope),
        RunFinished(status="done", answer="It can be used.", **scope),
    ):
        recorder.hear(signal)
    await recorder.settle()
    assert all(node.auto for node in graph.nodes())
    assert [(node.kind, node.title) for node in graph.nodes()] == [
        ("goal", "Audit flights"),
        ("action", "Task T1: Profile"),
        ("action", "lead changed a.py"),
        ("outcome", "Task T1 done: 412 missing"),
        ("action", "Task T2: Other"),
        ("outcome", "Task T2 failed: no data"),
        ("outcome", "done: It can be used."),
    ]
    assert [(e.source, e.target) for e in graph.edges()] == [
        ("D1", "D2"), ("D1", "D3"), ("D2", "D4"), ("D1", "D5"), ("D5", "D6"), ("D1", "D7"),
    ]  # fmt: skip
    assert recorder.goal_of("run_1") == "D1"
    assert recorder.statistics() == {"logged": 7, "lost": 0, "waiting": 0}
    assert [node.handle for node in graph.why("a.py")] == ["D4", "D3"]


async def test_after_a_restart_the_goal_is_found_in_the_graph(graph: Graph) -> None:
    first = Recorder(graph)
    first.hear(RunStarted(request="x" * 400, run="run_1"))
    await first.settle()
    second = Recorder(graph)
    second.hear(TaskCompleted(task="T9", result="late", run="run_1"))
    second.hear(RunFinished(status="stopped", run="run_1"))
    await second.settle()
    assert graph.get("D1").title.endswith("…")
    assert graph.get("D1").description == "x" * 400
    assert [(edge.source, edge.target) for edge in graph.edges()] == [("D1", "D3")]
    assert second.goal_of("run_2") == ""


async def test_who_joins_and_fails_and_what_is_committed_is_logged(graph: Graph) -> None:
    recorder = Recorder(graph)
    scope: dict[str, Any] = {"team": "main", "run": "run_1", "agent": "ada"}
    commit = '{"operation": "commit", "args": ["-m", "Mend it"]}'
    for signal in (
        RunStarted(request="Mend", run="run_1"),
        AgentSpawned(role="lead", lead=True, run="run_1", agent="lead"),
        AgentSpawned(role="coder", **scope),
        AgentStatusChanged(status="working", was="idle", **scope),
        ToolStarted(call="c1", tool="git", arguments=commit, **scope),
        ToolFinished(
            call="c1", tool="git", status="ok", summary="[main (root-commit) 1a2b3c4] Mend it\n 1 file", **scope
        ),
        ToolStarted(call="c2", tool="git", arguments=commit, **scope),
        ToolFinished(call="c2", tool="git", status="failed", summary="[main 1a2b3c5] Mend it", **scope),
        ToolStarted(call="c3", tool="shell", arguments='{"command": "git commit -am more"}', **scope),
        ToolFinished(call="c3", tool="shell", status="ok", summary="Exit code 0.\n[main 2b3c4d5] more", **scope),
        ToolFinished(call="c4", tool="git", status="ok", summary="[main 2b3c4d6] a log, not a commit", **scope),
        AgentStatusChanged(status="failed", was="working", reason="it crashed", **scope),
    ):
        recorder.hear(signal)
    await recorder.settle()
    assert [(node.kind, node.title) for node in graph.nodes()] == [
        ("goal", "Mend"),
        ("action", "ada (coder) joined the team"),
        ("action", "ada committed 1a2b3c4: Mend it"),
        ("action", "ada committed 2b3c4d5: more"),
        ("outcome", "ada failed: it crashed"),
    ]


async def test_what_waits_together_shares_a_transaction(graph: Graph, store: Store) -> None:
    recorder = Recorder(graph)
    await graph.load()
    before = store.statistics()["works"]
    recorder.hear(RunStarted(request="Audit", run="run_1"))
    for number in range(50):
        recorder.hear(TaskCreated(task=f"T{number}", title="x", run="run_1"))
        recorder.hear(TaskCompleted(task=f"T{number}", result="done", run="run_1"))
    await recorder.settle()
    assert store.statistics()["works"] - before == 2  # at most a hundred in one
    assert recorder.statistics() == {"logged": 101, "lost": 0, "waiting": 0}
    assert graph.get("D2").title == "Task T0: x" and graph.get("D101").title == "Task T49 done: done"
    edges = {(edge.source, edge.target) for edge in graph.edges()}
    assert edges == {("D1", f"D{2 * n}") for n in range(1, 51)} | {(f"D{2 * n}", f"D{2 * n + 1}") for n in range(1, 51)}


async def test_one_that_cannot_be_logged_takes_nothing_else_with_it(graph: Graph) -> None:
    await graph.log("goal", "lost soon", auto=True, caller=Caller(team="", agent="", role="", run="run_2", call=""))
    recorder = Recorder(graph)
    graph.adjacency.drop(graph.get("D1"))  # as another process that took the node away
    recorder._goals["run_2"] = Leaf(  # pyright: ignore[reportPrivateUsage]
        Node(id="gone", handle="?0", kind="goal", title="gone"), handle="D1"
    )
    recorder.hear(TaskCreated(task="T1", title="below nothing", run="run_2"))
    recorder.hear(RunStarted(request="fine", run="run_3"))
    await recorder.settle()
    assert recorder.statistics() == {"logged": 1, "lost": 1, "waiting": 0}
    assert [node.title for node in graph.nodes()] == ["fine"]
