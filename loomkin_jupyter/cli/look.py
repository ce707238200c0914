"""Looking at a project's record from a terminal: status, why, graph, cost. Reads the store; needs no running team."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from loomkin_jupyter.cli.text import PlainConsole, plain, short
from loomkin_jupyter.core.edges import back, standing
from loomkin_jupyter.core.errors import LoomkinError, UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import money_text
from loomkin_jupyter.project.root import find_root
from loomkin_jupyter.views.projection import Projection
from loomkin_jupyter.workspace.door import live_runtimes
from loomkin_jupyter.workspace.record import read_signals

_PROJECT = click.option("--project", help="Folder of the project; else found from the working directory.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")


def recorded_state(root: Path) -> JsonObject:
    """Return the projection of the project's journal.

    :raises LoomkinError: when the project has no record.
    """
    projection = Projection()
    for signal in read_signals(root):
        projection.apply(signal)
    return projection.snapshot()


@click.command()
@_PROJECT
@_JSON
def status(project: str | None, as_json: bool) -> int:
    """Say who runs, what needs you, which tasks are open, and what it has cost."""
    root = find_root(Path.cwd(), given=project)
    state = recorded_state(root)
    live = live_runtimes(root / ".loomkin")
    if as_json:
        click.echo(json.dumps({"live": [r.pid for r in live], **state}))
        return 0
    console = PlainConsole()
    console.print(
        f"[bold]{plain(str(root))}[/bold]: " + (f"running in process {live[0].pid}" if live else "not running")
    )
    for question in state["questions"].values():
        if question["state"] == "open":
            console.print(f"[yellow]{question['handle']} needs you:[/yellow] {plain(question['title'])}")
    runs = list(state["runs"].values())[-5:]
    if runs:
        _table(
            console,
            "Requests",
            ("request", "status", "cost"),
            [(str(r["request"])[:60], _run_word(r, bool(live)), money_text(r.get("cost_nano"))) for r in runs],
        )
    if state["agents"]:
        rows = [
            (a["name"], a["role"], a["word"] if live else "not running", a.get("task") or "")
            for a in state["agents"].values()
        ]
        _table(console, "Agents", ("name", "role", "state", "task"), rows)
    if state["tasks"]:
        rows = [(t["handle"], t["title"][:60], t["status"], t.get("owner") or "") for t in state["tasks"].values()]
        _table(console, "Tasks", ("", "title", "status", "owner"), rows)
    return 0


@click.command()
@click.argument("what")
@_PROJECT
@_JSON
def why(what: str, project: str | None, as_json: bool) -> int:
    """Say which decisions led to WHAT: a handle (D7), a variable, a file, or words of a title."""
    if not what.strip():
        raise UsageError("What to explain is empty.", "Name a decision (D7), a variable, a file, or words of a title.")
    state = recorded_state(find_root(Path.cwd(), given=project))
    found = _decisions_about(state, what)
    if not found:
        handles = list(state["decisions"]["nodes"])
        raise LoomkinError(
            f"No decision speaks of {what!r}.{nearest(what, handles)}", "See them all with loomkin graph."
        )
    if as_json:
        click.echo(json.dumps(found))
        return 0
    console = PlainConsole()
    edges: list[JsonObject] = list(state["decisions"]["edges"].values())
    for node in found:
        sure = f" ({node['confidence']} %)" if "confidence" in node else ""
        console.print(
            f"[bold]{node['handle']}[/bold] {node['kind']}: {plain(node['title'])}{sure}"
            f"{plain(standing(node, edges))} [dim]{plain(node.get('agent', ''))}[/dim]"
        )
        if node.get("description"):
            console.print(f"    {plain(node['description'])}", style="dim")
        for edge in edges:
            if edge["target"] == node["handle"]:
                other = state["decisions"]["nodes"].get(edge["source"], {})
                console.print(
                    f"    {back(edge['kind'])} {edge['source']} {short(str(other.get('title', '')), 100)}", style="dim"
                )
    return 0


@click.command()
@_PROJECT
@click.option("--format", "form", type=click.Choice(["list", "json", "dot", "mermaid", "markdown"]), default="list")
@click.option("--all", "everything", is_flag=True, help="Also what was logged by itself.")
def graph(project: str | None, form: str, everything: bool) -> int:
    """Print the decision graph."""
    state = recorded_state(find_root(Path.cwd(), given=project))
    nodes = [n for n in state["decisions"]["nodes"].values() if everything or not n.get("auto")]
    shown = {n["handle"] for n in nodes}
    edges = [e for e in state["decisions"]["edges"].values() if e["source"] in shown and e["target"] in shown]
    if form == "json":
        click.echo(json.dumps({"nodes": nodes, "edges": edges}))
    elif form == "list":
        console = PlainConsole()
        if not nodes:
            hint = " Add --all to see what was logged by itself." if state["decisions"]["nodes"] else ""
            click.echo(f"No decisions yet.{hint}", err=True)
        for node in nodes:
            sure = f" ({node['confidence']} %)" if "confidence" in node else ""
            console.print(
                f"{node['handle']:>5} {node['kind']:<12} {plain(node['title'])}{sure}{plain(standing(node, edges))}"
            )
    else:
        from loomkin_jupyter.memory.exports import export_views

        click.echo(export_views(nodes, edges, form))
    return 0


@click.command()
@_PROJECT
@_JSON
def cost(project: str | None, as_json: bool) -> int:
    """Say what the project's model calls have cost, by agent and by model."""
    state = recorded_state(find_root(Path.cwd(), given=project))
    bill = state["cost"]
    if as_json:
        click.echo(json.dumps(bill))
        return 0
    console = PlainConsole()
    unknown = " and calls of unknown price" if bill["unknown"] else ""
    console.print(f"{bill['calls']} model calls, {money_text(bill['total_nano'])}{unknown}")
    for title, part in (("By agent", bill["by_agent"]), ("By model", bill["by_model"])):
        if part:
            _table(console, title, ("", "cost"), [(name, money_text(nano)) for name, nano in part.items()])
    return 0


def _decisions_about(state: JsonObject, what: str) -> list[JsonObject]:
    """Return the nodes that bear the handle, name the variable or file, or have the words in title or description."""
    wanted = what.strip().casefold()
    nodes: list[JsonObject] = list(state["decisions"]["nodes"].values())
    exact = [n for n in nodes if n["handle"].casefold() == wanted]
    if exact:
        return exact
    named = [n for n in nodes if wanted in [str(v).casefold() for v in (*n.get("variables", []), *n.get("files", []))]]
    if named:
        return named
    return [n for n in nodes if not n.get("auto") and wanted in f"{n['title']} {n.get('description', '')}".casefold()]


def _run_word(run: JsonObject, live: bool) -> str:
    return "interrupted (loomkin resume)" if run["status"] == "running" and not live else str(run["status"])


def _table(console: Console, title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*(short(str(cell), 200) for cell in row))
    console.print(table)
