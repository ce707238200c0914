# pyright: basic
"""The decision graph explorer, and its export as an ipycytoscape widget for people who compose widgets."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.panels.base import LoomkinPanel, stub
from loomkin_jupyter.views.layout import bridge, lay_out
from loomkin_jupyter.views.static.document import Block, Sentence, graph_blocks
from loomkin_jupyter.views.static.picture import LETTERS

CYTOSCAPE_MOST = 200

_SHAPES = {
    "goal": "hexagon", "decision": "diamond", "option": "round-rectangle", "action": "rectangle",
    "outcome": "ellipse", "observation": "tag", "revisit": "vee",
}  # fmt: skip


class GraphPanel(LoomkinPanel):
    """Every decision with its reasons; ``run`` narrows it to one request."""

    _esm = stub("graph")
    title = "decision graph"

    def blocks(self) -> list[Block]:
        """Return the graph as a picture and an ordered list."""
        return graph_blocks(self._feed.state(), self.run) or [Sentence("No decisions yet.")]

    def to_ipycytoscape(self, *, auto: bool = False) -> Any:
        """Return an ipycytoscape widget of the graph; ``auto`` includes what was logged automatically.

        :raises UsageError: beyond 200 nodes: that widget opens a channel for each node and edge.
        """
        return to_ipycytoscape(self._feed.state(), self.run, auto=auto)


def to_ipycytoscape(state: JsonObject, run: str = "", *, auto: bool = False) -> Any:
    """Return an ipycytoscape widget of the decisions in ``state``."""
    nodes = {h: n for h, n in state["decisions"]["nodes"].items() if not run or n.get("run") == run}
    hidden = set() if auto else {h for h, n in nodes.items() if n.get("auto")}
    shown = {h: n for h, n in nodes.items() if h not in hidden}
    if len(shown) > CYTOSCAPE_MOST:
        raise UsageError(
            f"This graph has {len(shown)} nodes; ipycytoscape is offered up to {CYTOSCAPE_MOST}.",
            "Narrow it to one run, or use the built-in graph panel.",
        )
    import ipycytoscape

    edges = bridge(
        list(nodes), ((e["source"], e["target"], e["kind"]) for e in state["decisions"]["edges"].values()), hidden
    )
    edges = [edge for edge in edges if edge[0] in shown and edge[1] in shown]
    places = lay_out(list(shown), [(source, target) for source, target, _ in edges])
    widget = ipycytoscape.CytoscapeWidget()
    widget.graph.add_graph_from_json(
        {
            "nodes": [
                {
                    "data": {"id": handle, "label": f"{LETTERS.get(node['kind'], '?')} {handle} {node['title'][:40]}"},
                    "position": {"x": places[handle][0], "y": places[handle][1]},
                    "classes": node["kind"] + (" doubt" if node.get("doubt") else ""),
                }
                for handle, node in shown.items()
            ],
            "edges": [
                {"data": {"id": f"{a}>{b}:{kind}", "source": a, "target": b, "label": kind}, "classes": kind}
                for a, b, kind in edges
            ],
        },
        directed=True,
    )
    widget.set_layout(name="preset")
    shapes = [{"selector": f"node.{kind}", "style": {"shape": shape}} for kind, shape in _SHAPES.items()]
    widget.set_style([{"selector": "node", "style": {"label": "data(label)"}}, *shapes])
    return widget
