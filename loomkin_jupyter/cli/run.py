"""``loomkin run`` and ``loomkin resume``: one request to the team of a project, followed on the terminal."""

from __future__ import annotations

import concurrent.futures
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from loomkin_jupyter.cli import ending
from loomkin_jupyter.cli.ending import Ending
from loomkin_jupyter.cli.printer import JsonPrinter, LinePrinter
from loomkin_jupyter.cli.session import listen, opened, project_root, wait_or_stop
from loomkin_jupyter.cli.terminal import TerminalQuestions, is_attended
from loomkin_jupyter.cli.text import visible
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.status import PRESETS, SHARING_LEVELS
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.workspace.namespace import Namespace, load_data
from loomkin_jupyter.workspace.options import RunOptions, check_options
from loomkin_jupyter.workspace.runs import Run
from loomkin_jupyter.workspace.workspace import Workspace


def parse_data(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return ``NAME=FILE`` pairs as a mapping of absolute paths."""
    data: dict[str, str] = {}
    for pair in pairs:
        name, equals, file = pair.partition("=")
        if not equals or not file:
            raise UsageError(f"--data {pair}: expected NAME=FILE.", "For example --data flights=flights.csv.")
        data[name] = str(Path(file).expanduser().resolve())
    return data


@click.command()
@click.argument("request", nargs=-1, required=True)
@click.option("--project", help="Folder of the project; else found from the working directory.")
@click.option("--data", "data", multiple=True, metavar="NAME=FILE", help="Load FILE as a variable (repeatable).")
@click.option("--model", default="", help="Any LiteLLM model, such as openai/gpt-4o; loomkin/playbook needs no key.")
@click.option("--budget", type=float, help="Most this request may cost, in dollars.")
@click.option("--trust", default="", help=f"What agents may do unasked: {', '.join(PRESETS)}.")
@click.option("--share", default="", help=f"What of your data models may see: {', '.join(SHARING_LEVELS)}.")
@click.option("--roles", default="", help="Specialists to start with, comma-separated.")
@click.option("--team", default="main", show_default=True, help="Which of the project's teams.")
@click.option("--json", "as_json", is_flag=True, help="One signal per line (NDJSON), the last one run.finished.")
def run(
    request: tuple[str, ...],
    project: str | None,
    data: tuple[str, ...],
    model: str,
    budget: float | None,
    trust: str,
    share: str,
    roles: str,
    team: str,
    as_json: bool,
) -> Ending:
    """Give the team a REQUEST and follow it to its end; the answer goes to stdout."""
    options = RunOptions(
        model=model,
        budget_usd=budget,
        trust=trust,
        share=share,
        roles=tuple(r.strip() for r in roles.split(",") if r.strip()),
        team=team,
        data=parse_data(data),
        origin="cli",
    )
    return follow(" ".join(request), options, project_root(project), as_json)


def follow(request: str, options: RunOptions, root: Path, as_json: bool) -> Ending:
    """Run one request to its end and return how it ended."""
    if not request.strip():
        raise UsageError("The request is empty.", 'Write what the team should do: loomkin run "…".')
    check_options(options)
    variables = load_data(options.data)

    def start(portal: Portal, workspace: Workspace, namespace: Namespace) -> Run:
        namespace.variables.update(variables)
        return portal.run(workspace.ask(request, options))

    finished = _run(root, as_json, {"model.default": options.model or None}, start)
    return _end(finished, as_json)


@click.command()
@click.option("--project", help="Folder of the project; else found from the working directory.")
@click.option("--team", default="main", show_default=True, help="Which of the project's teams.")
@click.option("--json", "as_json", is_flag=True, help="One signal per line (NDJSON), the last one run.finished.")
def resume(project: str | None, team: str, as_json: bool) -> Ending:
    """Go on where a killed or closed process stopped: same team, tasks, queue, graph and options."""
    root = project_root(project)

    def start(portal: Portal, workspace: Workspace, namespace: Namespace) -> Run | None:
        namespace.variables.update(load_data(portal.run(workspace.requests.data_of_open_runs(team))))
        return portal.run(workspace.resume(team))

    finished = _run(root, as_json, {}, start)
    if finished is None:
        click.echo(f"Nothing was interrupted in {root}.", err=True)
    return _end(finished, as_json)


def _run(
    root: Path, as_json: bool, overrides: dict[str, Any], start: Callable[[Portal, Workspace, Namespace], Run | None]
) -> s.RunFinished | None:
    """Open the workspace, start a run and follow it; None when there was none. The printer ends after everything."""
    printer = JsonPrinter() if as_json else LinePrinter()
    try:
        with opened(root, listener=printer, attended=_attended(as_json), overrides=overrides) as (
            portal,
            workspace,
            namespace,
        ):
            if isinstance(printer, LinePrinter) and is_attended():
                _ask_here(portal, workspace, printer)
            run = start(portal, workspace, namespace)
            if run is None:
                return None
            printer.follow(run.id)
            return wait_or_stop(portal, workspace, run)
    finally:
        printer.close()


def _attended(as_json: bool) -> Callable[[], bool]:
    """Say whether somebody can answer: a program that reads NDJSON cannot, a terminal can."""
    return (lambda: False) if as_json else is_attended


def _ask_here(portal: Portal, workspace: Workspace, printer: LinePrinter) -> None:
    """Let the person at this terminal answer what the team asks."""

    def send(command: JsonObject) -> bool:
        try:
            reply = portal.call(workspace.command(command)).result(30)
        except (concurrent.futures.CancelledError, TimeoutError, UsageError):
            return True  # the team is closing: its questions are closed with it
        if not reply.get("ok"):
            click.echo(visible(f"{reply.get('error', '')} {reply.get('remedy', '')}"), err=True)
        return bool(reply.get("ok"))

    questions = TerminalQuestions(send)
    printer.aside = questions.aside
    portal.run(listen(workspace, questions))


def _end(finished: s.RunFinished | None, as_json: bool) -> Ending:
    """Print the answer and return how the run ended."""
    if finished is not None and finished.answer and not as_json:
        with contextlib.suppress(BrokenPipeError):  # its reader has left; how the run ended is told all the same
            click.echo(visible(finished.answer) if sys.stdout.isatty() else finished.answer)
    return ending.of_run(finished)
