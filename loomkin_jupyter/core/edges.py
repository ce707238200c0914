"""How the edges of the decision graph are said in words, the same in every face. Pure; knows nothing of the graph.

Of *supersedes* the source is the older node: read along the arrow it is "superseded by".
"""

from __future__ import annotations

from collections.abc import Iterable

from loomkin_jupyter.core.messages import JsonObject

_ALONG = {"supersedes": "superseded by"}
_BACK = {
    "leads_to": "follows from",
    "chosen": "chosen for",
    "rejected": "rejected for",
    "requires": "required by",
    "blocks": "blocked by",
    "enables": "enabled by",
    "supersedes": "supersedes",
    "supports": "supported by",
    "revises": "revised by",
    "summarizes": "summarized by",
}


def along(kind: str) -> str:
    """Return what stands between source and target: ``D8 superseded by D30``, ``D1 leads to D2``."""
    return _ALONG.get(kind, kind.replace("_", " "))


def back(kind: str) -> str:
    """Return what stands between target and source: ``D30 supersedes D8``, ``D2 follows from D1``."""
    return _BACK.get(kind, f"{kind.replace('_', ' ')} from")


def standing(node: JsonObject, edges: Iterable[JsonObject]) -> str:
    """Return `` [in doubt]`` and `` [superseded by D30]`` where that holds, else ''. ``node`` and ``edges`` are views."""
    words = " [in doubt]" if node.get("doubt") else ""
    if node.get("status") in ("active", "", None):
        return words
    newer = [e["target"] for e in edges if e["source"] == node["handle"] and e["kind"] == "supersedes"]
    by = f" by {', '.join(newer)}" if newer and node["status"] == "superseded" else ""
    return f"{words} [{node['status']}{by}]"
