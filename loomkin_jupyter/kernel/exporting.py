# pyright: basic
"""``%loomkin graph --format …``: the decisions as text for other programs. Pure."""

from __future__ import annotations

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.memory.exports import export_views, without

GRAPH_FORMS = ("list", "json", "dot", "mermaid", "markdown")


def graph_export(state: JsonObject, form: str, *, everything: bool = False) -> str:
    """Return the graph in a form; what was logged by itself only when ``everything`` is wanted."""
    nodes, edges = list(state["decisions"]["nodes"].values()), list(state["decisions"]["edges"].values())
    if not everything:
        nodes, edges = without(nodes, edges, lambda node: bool(node.get("auto")))
    return export_views(nodes, edges, form)
