"""What a run's record says, as blocks; the writers only know how a block looks. Pure.

Words carry every status, because the untrusted-notebook sanitiser removes roles, aria, data attributes, scripts and svg.
"""

from __future__ import annotations

from typing import Any

import msgspec

from loomkin_jupyter.core.edges import back, standing
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import NANO, money_text
from loomkin_jupyter.views.static.picture import picture_uri

LINES_MOST = 40
PICTURE_MOST = 120
TEXT_MOST = 300


class Heading(msgspec.Struct, frozen=True):
    """A title of level 3 or 4."""

    text: str
    level: int = 4


class Prose(msgspec.Struct, frozen=True):
    """A model's text: Markdown, and untrusted."""

    text: str


class Sentence(msgspec.Struct, frozen=True):
    """Our own words around untrusted values: plain text."""

    text: str
    strong: bool = False


class Table(msgspec.Struct, frozen=True):
    """Rows of plain text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Listing(msgspec.Struct, frozen=True):
    """An ordered list of plain text."""

    items: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True):
    """A picture inside the document."""

    uri: str
    words: str


Block = Heading | Prose | Sentence | Table | Listing | Picture

_OUTCOME = {
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "stopped": "Stopped",
    "limit": "Stopped by a limit",
    "refused": "Refused",
    "interrupted": "Interrupted",
}
_AT_WORK = frozenset({"working", "silent", "waiting", "needs_you"})


def run_document(state: JsonObject, run: str = "", *, level: str = "summary", interrupted: str = "") -> list[Block]:
    """Return the record of one run of ``state`` ('' takes the current one). ``level``: none, summary or full.

    ``interrupted`` says why a run that the state calls running is not any more; it changes nothing for a run that ended.
    """
    run = run or str(state.get("run", ""))
    entry: JsonObject | None = state.get("runs", {}).get(run)
    if entry is None:
        return [Sentence("No run yet.")]
    cut_off = bool(interrupted) and entry["status"] == "running"
    if cut_off:
        entry = {**entry, "status": "interrupted", "reason": interrupted}
    # A refusal is its own answer: it is not told twice.
    said_below = level != "none" and entry.get("reason", "").strip() == entry.get("answer", "").strip()
    blocks: list[Block] = [Sentence(outcome({**entry, "reason": ""} if said_below else entry), strong=True)]
    blocks += [Sentence(label) for label in entry.get("labels", ())]
    if level == "none":
        return blocks
    if entry.get("answer"):
        blocks.append(Prose(entry["answer"]))
    if cut_off or entry["status"] == "running":
        blocks += _open_questions(state, run, "Was waiting for you" if cut_off else "Needs you")
    blocks += _changes(state, entry)
    blocks += _tasks(state, run)
    blocks += graph_blocks(state, run)
    blocks += _agents(state, entry, cut_off)
    if level == "full":
        blocks += _feed(state, run)
    return blocks


def outcome(run: JsonObject) -> str:
    """Return one sentence: how it went, how long, what it cost of what limit."""
    words = str(_OUTCOME.get(run["status"], run["status"]))
    if run.get("reason"):
        words += f": {' '.join(run['reason'].strip().partition(chr(10) * 2)[0].split())}"
    tokens = run.get("tokens", {})
    parts: list[str] = [words.rstrip(".")]
    if run["status"] == "running" and run.get("activity"):
        parts.append(run["activity"])
    if run.get("duration_s"):
        parts.append(f"{run['duration_s']:.1f} s")
    limit = f" of {money_text(round(run['limit_usd'] * NANO))}" if run.get("limit_usd") is not None else ""
    parts.append(f"cost {money_text(run.get('cost_nano'))}{limit}")
    parts.append(f"{tokens.get('input', 0) + tokens.get('output', 0):,} tokens")
    return " · ".join(parts)


def graph_blocks(state: JsonObject, run: str = "") -> list[Block]:
    """Return the decisions (of one run, or all) as a picture and as an ordered list that says the same."""
    nodes = {h: n for h, n in state["decisions"]["nodes"].items() if not run or n.get("run") == run}
    shown = {h: n for h, n in nodes.items() if not n.get("auto")} or nodes
    if not shown:
        return []
    edges = [e for e in state["decisions"]["edges"].values() if e["source"] in shown and e["target"] in shown]
    items = [_decision_words(node, edges) for node in list(shown.values())[:LINES_MOST]]
    if len(shown) > LINES_MOST:
        items.append(f"… and {len(shown) - LINES_MOST} more")
    blocks: list[Block] = [Heading(f"Decisions ({len(shown)})")]
    count = f"{len(shown)} decision{'' if len(shown) == 1 else 's'}"
    if len(shown) <= PICTURE_MOST:
        blocks.append(Picture(picture_uri(shown, edges), f"Graph of {count}; the list says the same."))
    return [*blocks, Listing(tuple(items))]


def _decision_words(node: JsonObject, edges: list[JsonObject]) -> str:
    words = f"{node['handle']} {node['kind']}: {node['title']}"
    if node.get("confidence") is not None:
        words += f" (confidence {node['confidence']})"
    words += standing(node, edges)
    for edge in edges:
        if edge["target"] == node["handle"]:
            words += f"; {back(edge['kind'])} {edge['source']}"
            words += f" because {edge['rationale']}" if edge.get("rationale") else ""
    return words


def shortened(text: str, most: int = TEXT_MOST) -> str:
    """Return a text on one line, its lines kept apart; one that is too long ends after a whole word, with "…"."""
    line = " · ".join(" ".join(part.split()) for part in text.splitlines() if part.strip())
    if len(line) <= most:
        return line
    cut = line[:most]
    whole = cut if line[most] == " " else cut.rpartition(" ")[0] or cut
    return f"{whole.rstrip(' ·,;:')} …"


def _open_questions(state: JsonObject, run: str, words: str) -> list[Block]:
    waiting = [q for q in state["questions"].values() if q["state"] == "open" and q.get("run") == run]
    return [Sentence(f"{words}: {q['handle']} {q['title']}", strong=True) for q in waiting]


def _changes(state: JsonObject, run: JsonObject) -> list[Block]:
    rows = [
        (path, f"+{change['added']} −{change['removed']}", change["by"], "undone" if change.get("undone") else "kept")
        for path, change in run.get("changes", {}).items()
    ]
    cells = [p for p in state["proposals"].values() if p.get("run") == run["id"]]
    rows += [
        (f"cell {p.get('cell') or p.get('position', '')}".strip(), p["action"], p["by"], "proposed") for p in cells
    ]
    return [Heading("Changes"), Table(("What", "Change", "By", "State"), tuple(rows[:LINES_MOST]))] if rows else []


def _tasks(state: JsonObject, run: str) -> list[Block]:
    tasks = [t for t in state["tasks"].values() if t.get("run") == run]
    if not tasks:
        return []
    done = sum(task["status"] == "completed" for task in tasks)
    rows = [
        (f"{t['handle']} {t['title']}", t["status"].replace("_", " "), t["owner"], shortened(t["result"]))
        for t in tasks[:LINES_MOST]
    ]
    return [
        Heading(f"Tasks ({done} of {len(tasks)} completed)"),
        Table(("Task", "Status", "Who", "Result"), tuple(rows)),
    ]


def _agents(state: JsonObject, run: JsonObject, cut_off: bool) -> list[Block]:
    rows = [
        (
            *(own["name"], own["role"], own["model"]),
            own.get("word") or _word_now(state["agents"].get(key, {}), cut_off),
            *(f"{_total(own['tokens']):,}", money_text(own.get("cost_nano"))),
        )
        for key, own in list(run.get("agents", {}).items())[:LINES_MOST]
    ]
    head = ("Agent", "Role", "Model", "Status", "Tokens", "Cost")
    return [Heading("Agents and cost"), Table(head, tuple(rows))] if rows else []


def _word_now(agent: JsonObject, cut_off: bool) -> str:
    """Return how an agent of a run that has not ended is."""
    return "interrupted" if cut_off and agent.get("family") in _AT_WORK else str(agent.get("word", ""))


def _feed(state: JsonObject, run: str) -> list[Block]:
    lines = [line for line in state["feed"].values() if line["run"] == run]
    items = [
        f"{line['agent'] or 'loomkin'}{' → ' + line['to'] if line['to'] else ''}: {shortened(line['text'])}"
        for line in lines[-200:]
    ]
    return [Heading("What happened"), Listing(tuple(items))] if items else []


def _total(tokens: dict[str, Any]) -> int:
    return int(tokens.get("input", 0)) + int(tokens.get("output", 0))
