"""The decision graph as a picture: an SVG inside a data URI, in the same places as the live graph. Pure.

The ground is clear and the lines are a grey that both a light and a dark page show, because an image knows neither.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.views.layout import STEP_Y, Place, lay_out

LETTERS = {
    "goal": "G", "decision": "D", "option": "O", "action": "A", "outcome": "R", "observation": "N", "revisit": "V",
}  # fmt: skip
_W, _H, _PAD = 160, 56, 20
_GUTTER, _GAP = 15, 27
"""How far a line that goes around boxes keeps from them: beside and below."""
_TITLE = 24
_LINE, _BOX, _TEXT = "#7a828e", "#e9ecf2", "#1f1f1f"
_DASHED = frozenset({"rejected"})
_THICK = frozenset({"chosen"})
_ARROW = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" orient="auto" '
    f'markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" fill="{_LINE}"/></marker></defs>'
)


def picture_svg(nodes: Mapping[str, JsonObject], edges: Sequence[JsonObject]) -> str:
    """Return the SVG text; titles are shortened; kind, doubt and what holds no more are written out."""
    places = lay_out(list(nodes), [(e["source"], e["target"]) for e in edges])
    width = max((x for x, _ in places.values()), default=0) + _W + 2 * _PAD
    height = max((y for _, y in places.values()), default=0) + _H + 2 * _PAD
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="sans-serif" font-size="12">',
        _ARROW,
    ]
    rows: dict[float, list[float]] = {}
    for x, y in places.values():
        rows.setdefault(y, []).append(x)
    lines += [_edge(edge, places, rows) for edge in edges]
    lines += [_node(node, places[handle]) for handle, node in nodes.items()]
    return "".join([*lines, "</svg>"])


def picture_uri(nodes: Mapping[str, JsonObject], edges: Sequence[JsonObject]) -> str:
    """Return the picture as a data URI for ``<img src>``."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture_svg(nodes, edges).encode()).decode("ascii")


def _edge(edge: JsonObject, places: Mapping[str, Place], rows: Mapping[float, Sequence[float]]) -> str:
    (x1, y1), (x2, y2) = places[edge["source"]], places[edge["target"]]
    dashes = ' stroke-dasharray="5 4"' if edge["kind"] in _DASHED else ""
    width = 3 if edge["kind"] in _THICK else 1.5
    style = f'stroke="{_LINE}" stroke-width="{width}" fill="none" marker-end="url(#to)"{dashes}/>'
    middle = _PAD + _W / 2
    start, end = (x1 + middle, y1 + _PAD + _H), (x2 + middle, y2 + _PAD)
    if not _blocked((x1, y1), (x2, y2), rows):
        return f'<line x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" {style}'
    # Around the boxes: along the gap below the source, down beside the target's column, along the gap above the target.
    beside = x2 + _PAD - _GUTTER if x2 > x1 else x2 + _PAD + _W + _GUTTER
    corners = [start, (start[0], start[1] + _GAP), (beside, start[1] + _GAP), (beside, end[1] - _GAP)]
    corners += [(end[0], end[1] - _GAP), end]
    return f'<polyline points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in corners)}" stroke-linejoin="round" {style}'


def _blocked(source: Place, target: Place, rows: Mapping[float, Sequence[float]]) -> bool:
    """Return whether the straight line from the foot of one box to the head of another would run behind a box."""
    (x1, y1), (x2, y2) = source, target
    if y2 <= y1:
        return True
    if y2 - y1 <= STEP_Y:
        return False

    def at(y: float) -> float:
        return x1 + (x2 - x1) * (y - y1 - _H) / (y2 - y1 - _H)

    for y, boxes in rows.items():
        if y1 < y < y2:
            left, right = sorted((at(y), at(y + _H)))
            if any(left < x + _W / 2 and right > x - _W / 2 for x in boxes):
                return True
    return False


def _node(node: JsonObject, place: Place) -> str:
    x, y = place[0] + _PAD, place[1] + _PAD
    title = _plain(str(node["title"]))
    title = title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
    head = f"{LETTERS.get(node['kind'], '?')} {node['handle']} {node['kind']}"
    status = str(node.get("status") or "active")
    over = status != "active"
    marks = [word for word, applies in (("in doubt", node.get("doubt")), (status, over)) if applies]
    first, second = (18, 34) if marks else (22, 42)
    stroke = "#cc3a22" if node.get("doubt") else _LINE if over else "#0b3fd4"
    text = [
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_W}" height="{_H}" rx="6" fill="{_BOX}" stroke="{stroke}" stroke-width="2"'
        + (' stroke-dasharray="6 4"/>' if over else "/>"),
        _words(x, y + first, head, ' font-weight="bold"'),
        _words(x, y + second, title, ' text-decoration="line-through"' if over else ""),
    ]
    if marks:
        text.append(_words(x, y + 50, f"({', '.join(marks)})", ' font-style="italic" font-size="11"'))
    return "".join(text)


def _words(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x + 8:.0f}" y="{y:.0f}" fill="{_TEXT}"{style}>{escape(_plain(text))}</text>'


def _plain(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return "".join(c for c in text if c == "\t" or c >= " ")
