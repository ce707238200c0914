"""Rows come back as the nodes that were written, whatever stands in them."""

from __future__ import annotations

from loomkin_jupyter.memory.graph import rows
from loomkin_jupyter.memory.graph.draft import Draft, placeholder
from loomkin_jupyter.memory.graph.model import Edge, Node
from loomkin_jupyter.store.store import Store


async def test_everything_in_a_node_and_an_edge_survives(store: Store) -> None:
    node = Node(
        id="dec_1", handle=placeholder(0), kind="decision", title='日本 "quoted"', description="a\nb", confidence=0,
        status="abandoned", doubts={"?1": "?1 → ?0"}, auto=True, team="t", agent="a", run="r", task="T1", keeper="K1",
        cell="c", variables=("x", "y"), files=("f",), commit="abc",
    )  # fmt: skip
    other = Node(id="dec_2", handle=placeholder(1), kind="goal", title="g")
    draft = Draft(new=[node, other], edges=[Edge("?1", "?0", "enables", "because")])
    written = await store.transact(lambda tx: rows.write(tx, draft, {}))
    nodes, edges = await store.read(rows.load)
    assert nodes == written.new
    assert edges == written.edges == [Edge("D2", "D1", "enables", "because", written.edges[0].created)]
    assert dict(nodes[0].doubts) == {"D2": "D2 → D1"}
    assert await store.read(rows.mark) == (2, nodes[0].updated, 1)
