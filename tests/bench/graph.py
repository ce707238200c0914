"""The decision graph with 100,000 nodes: logging, near ancestors, the whole ancestry (pure computing: time of the CPU)."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from loomkin_jupyter.memory.graph.adjacency import Adjacency
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.graph.model import Edge, Node
from loomkin_jupyter.store.store import Store
from tests.bench.measure import Row, row

_NODES, _LOGGED = 100_000, 500


def _large() -> Adjacency:
    """Return a graph as it is after loading: all nodes, then all edges, which share the nodes' handles."""
    graph = Adjacency()
    nodes = [
        Node(id=str(number), handle=f"D{number}", kind="decision", title=f"decision {number}")
        for number in range(1, _NODES + 1)
    ]
    for node in nodes:
        graph.put(node)
    for number in range(1, _NODES + 1):
        for parent in {number // 2, number - 1} - {0, number}:
            graph.join(Edge(nodes[parent - 1].handle, nodes[number - 1].handle, "leads_to"))
    return graph


async def run() -> list[Row]:
    """Measure all."""
    graph = _large()
    near, whole, logged, alone = list[float](), list[float](), list[float](), list[float]()
    for number in range(50):
        begun = time.thread_time()
        graph.ancestors(f"D{_NODES - number}", 4)
        near.append((time.thread_time() - begun) * 1e3)
    for _ in range(5):
        begun = time.thread_time()
        graph.ancestors(f"D{_NODES}")
        whole.append((time.thread_time() - begun) * 1e3)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "bench.db")
        decisions = Graph(store)
        await decisions.log("goal", "root")
        for number in range(_LOGGED):
            begun = time.perf_counter()
            await decisions.log("action", f"step {number}", parent="D1")
            logged.append((time.perf_counter() - begun) * 1e6)
            begun = time.perf_counter()
            await store.flush()
            alone.append((time.perf_counter() - begun) * 1e6)
        await store.close()
    return [
        row("graph, 100,000 nodes: ancestors to depth 4", near, "ms", target="< 1"),
        row("graph, 100,000 nodes: whole ancestry", whole, "ms", target="< 20"),
        row("graph: log a node, over an empty commit", logged, "µs", baseline=alone, target="< 100 more"),
    ]
