"""The decision graph as a picture: an SVG inside a data URI, in the same places as the live graph. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.views.layout import lay_out

LETTERS = {
    "goal": "G", "decision": "D", "option": "O", "action": "A", "outcome": "R", "observation": "N", "revisit": "V",
}  # fmt: skip
_W, _H, _PAD = 160, 56, 20
_DASHED = frozenset({"rejected"})
_THICK = frozenset({"chosen"})


def picture_svg(nodes: Mapping[str, JsonObject], edges: Sequence[JsonObject]) -> str:
    """Return the SVG text; titles are shortened, doubt and kind are written out."""
    places = lay_out(list(nodes), [(e["source"], e["target"]) for e in edges])
    width = max((x for x, _ in places.values()), default=0) + _W + 2 * _PAD
    height = max((y for _, y in places.values()), default=0) + _H + 2 * _PAD
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    lines += [_edge(edge, places) for edge in edges]
    lines += [_node(node, places[handle]) for handle, node in nodes.items()]
    return "".join([*lines, "</svg>"])


def picture_uri(nodes: Mapping[str, JsonObject], edges: Sequence[JsonObject]) -> str:
    """Return the picture as a data URI for ``<img src>``."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture_svg(nodes, edges).encode()).decode("ascii")


def _edge(edge: JsonObject, places: Mapping[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = places[edge["source"]], places[edge["target"]]
    style = ' stroke-dasharray="5 4"' if edge["kind"] in _DASHED else ""
    width = 3 if edge["kind"] in _THICK else 1.5
    middle = _PAD + _W / 2
    return (
        f'<line x1="{x1 + middle:.0f}" y1="{y1 + _PAD + _H:.0f}" x2="{x2 + middle:.0f}" y2="{y2 + _PAD:.0f}" '
        f'stroke="#2b2b2b" stroke-width="{width}"{style}/>'
    )


def _node(node: JsonObject, place: tuple[float, float]) -> str:
    x, y = place[0] + _PAD, place[1] + _PAD
    title = _plain(str(node["title"]))
    title = title if len(title) <= 24 else title[:23] + "…"
    head = f"{LETTERS.get(node['kind'], '?')} {node['handle']} {node['kind']}" + (
        " (in doubt)" if node.get("doubt") else ""
    )
    stroke = "#cc3a22" if node.get("doubt") else "#0b3fd4"
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_W}" height="{_H}" rx="6" fill="#f5f7ff" stroke="{stroke}" stroke-width="2"/>'
        f'<text x="{x + 8:.0f}" y="{y + 22:.0f}" font-weight="bold">{escape(_plain(head))}</text>'
        f'<text x="{x + 8:.0f}" y="{y + 42:.0f}">{escape(title)}</text>'
    )


def _plain(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return "".join(c for c in text if c == "\t" or c >= " ")
