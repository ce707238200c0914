"""The decision graph as JSON, DOT, Mermaid and Markdown. Pure: takes nodes and edges as objects, returns text.

Nodes that are left out never cut a chain: what led through them is joined by a plain edge.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from loomkin_jupyter.core.edges import along
from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.memory.graph.model import NODE_KINDS, Edge, Node

_SHAPES = {
    "goal": ("{{", "}}", "hexagon"),
    "decision": ("[", "]", "box"),
    "option": ("(", ")", "box"),
    "action": ("[/", "/]", "parallelogram"),
    "outcome": ("([", "])", "ellipse"),
    "observation": (">", "]", "note"),
    "revisit": ("{", "}", "diamond"),
}


def views(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return nodes and edges as JSON objects."""
    made: list[JsonObject] = [{**msgspec.to_builtins(node), "uncertain": list(node.doubts.values())} for node in nodes]
    return made, [msgspec.to_builtins(edge) for edge in edges]


def without(
    nodes: Sequence[JsonObject], edges: Iterable[JsonObject], hide: Callable[[JsonObject], bool]
) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return what is not hidden; where a chain ran through hidden nodes, its ends are joined by ``leads_to``."""
    hidden = {str(node["handle"]) for node in nodes if hide(node)}
    shown = [node for node in nodes if node["handle"] not in hidden]
    following: dict[str, list[str]] = {}
    joined: dict[tuple[str, str, str], JsonObject] = {}
    for edge in edges:
        if edge["source"] in hidden:
            following.setdefault(edge["source"], []).append(edge["target"])
    for edge in edges:
        if edge["source"] in hidden:
            continue
        if edge["target"] not in hidden:
            joined[(edge["source"], edge["target"], edge["kind"])] = edge
            continue
        for end in _beyond(edge["target"], following, hidden):
            bridge: JsonObject = {"source": edge["source"], "target": end, "kind": "leads_to", "rationale": ""}
            if end != edge["source"]:
                joined.setdefault((edge["source"], end, "leads_to"), bridge)
    return shown, list(joined.values())


def _beyond(start: str, following: dict[str, list[str]], hidden: set[str]) -> list[str]:
    seen, waiting, ends = {start}, [start], list[str]()
    while waiting:
        for other in following.get(waiting.pop(), ()):
            if other in seen:
                continue
            seen.add(other)
            if other in hidden:
                waiting.append(other)
            else:
                ends.append(other)
    return ends


def export_views(nodes: Sequence[JsonObject], edges: Sequence[JsonObject], form: str) -> str:
    """Return the graph as ``json``, ``dot``, ``mermaid`` or ``markdown``.

    :raises UsageError: for another form.
    """
    writer = _FORMS.get(form)
    if writer is None:
        raise UsageError(f"There is no export {form!r}.{nearest(form, _FORMS)}", f"Choose one of {', '.join(_FORMS)}.")
    return writer(nodes, edges)


def export(nodes: Iterable[Node], edges: Iterable[Edge], form: str, *, auto: bool = False) -> str:
    """Return the graph in a form of ``export_views``; without what was logged by itself unless ``auto``."""
    made, joined = views(nodes, edges)
    if not auto:
        made, joined = without(made, joined, lambda node: bool(node["auto"]))
    return export_views(made, joined, form)


def _json(nodes: Sequence[JsonObject], edges: Sequence[JsonObject]) -> str:
    return json.dumps({"nodes": list(nodes), "edges": list(edges)}, ensure_ascii=False, indent=2)


def _dot(nodes: Sequence[JsonObject], edges: Sequence[JsonObject]) -> str:
    lines = ["digraph decisions {", "  rankdir=TB;"]
    for node in nodes:
        style = ', style="dashed"' if node.get("status", "active") != "active" else ""
        label = _quoted(f"{node['handle']} {_label(node)}")
        lines.append(f"  {_quoted(node['handle'])} [label={label}, shape={_SHAPES[node['kind']][2]}{style}];")
    for edge in edges:
        lines.append(
            f"  {_quoted(edge['source'])} -> {_quoted(edge['target'])} [label={_quoted(along(edge['kind']))}];"
        )
    return "\n".join([*lines, "}"])


def _mermaid(nodes: Sequence[JsonObject], edges: Sequence[JsonObject]) -> str:
    lines = ["flowchart TD"]
    for node in nodes:
        left, right, _ = _SHAPES[node["kind"]]
        text = (
            f"{node['handle']} {_label(node)}".replace("&", "&amp;")
            .replace('"', "&quot;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
        )
        lines.append(f'  {node["handle"]}{left}"{text}"{right}')
    lines += [f"  {edge['source']} -->|{along(edge['kind'])}| {edge['target']}" for edge in edges]
    return "\n".join(lines)


def _markdown(nodes: Sequence[JsonObject], edges: Sequence[JsonObject]) -> str:
    lines = ["# Decisions"]
    titles = {node["handle"]: node["title"] for node in nodes}
    for kind in NODE_KINDS:
        of_kind = [node for node in nodes if node["kind"] == kind]
        if not of_kind:
            continue
        lines += ["", f"## {kind.capitalize()}s", ""]
        for node in of_kind:
            who = f" — {node['agent']}" if node.get("agent") else ""
            lines.append(f"- **{node['handle']}** {_escaped(_label(node))}{who}")
            if node.get("description"):
                lines += [f"  {_escaped(line)}" for line in str(node["description"]).splitlines()]
            lines += [
                f"  - {along(edge['kind'])} → {edge['target']} {_escaped(titles.get(edge['target'], ''))}"
                for edge in edges
                if edge["source"] == node["handle"]
            ]
    return "\n".join(lines)


def _label(node: JsonObject) -> str:
    sure = "" if node.get("confidence") is None else f" ({node['confidence']} %)"
    state = "" if node.get("status", "active") == "active" else f" [{node['status']}]"
    return f"{node['title']}{sure}{state}{' [uncertain]' if node.get('uncertain') else ''}"


def _quoted(text: Any) -> str:
    plain = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in text)


_FORMS: dict[str, Callable[[Sequence[JsonObject], Sequence[JsonObject]], str]] = {
    "json": _json,
    "dot": _dot,
    "mermaid": _mermaid,
    "markdown": _markdown,
}
