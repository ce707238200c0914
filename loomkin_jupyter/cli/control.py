"""Commands to a team that runs in another process of the project: approve, deny, stop; and undo, trust."""

from __future__ import annotations

import click

from loomkin_jupyter.cli.session import opened, project_root
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.workspace.door import live_runtimes, send_command

_PROJECT = click.option("--project", help="Folder of the project; else found from the working directory.")


def tell_live(project: str | None, command: JsonObject) -> JsonObject:
    """Send ``command`` to the process that runs this project's team and return its reply.

    :raises LoomkinError: when no process does, or when the command was refused.
    """
    root = project_root(project)
    live = live_runtimes(root / ".loomkin")
    if not live:
        raise LoomkinError(
            f"No team is running in {root}.", "Start one with loomkin run, or resume one with loomkin resume."
        )
    refused: JsonObject = {}
    for runtime in live:
        reply = send_command(runtime, command)
        if reply.get("ok"):
            return reply
        refused = reply
    raise LoomkinError(str(refused.get("error", "The command was refused.")), str(refused.get("remedy", "")))


@click.command()
@click.argument("question")
@click.option("--run", "for_run", is_flag=True, help="Allow it for the rest of this run.")
@click.option("--always", "scope", default="", metavar="SCOPE", help="Allow it from now on, within SCOPE.")
@_PROJECT
def approve(question: str, for_run: bool, scope: str, project: str | None) -> int:
    """Say yes to QUESTION (such as Q4)."""
    choice = "always" if scope else "allow_run" if for_run else "allow_once"
    tell_live(
        project, {"do": "answer", "question": question, "choice": choice, "scope": scope, "where": "command line"}
    )
    click.echo(f"{question}: {choice.replace('_', ' ')}.")
    return 0


@click.command()
@click.argument("question")
@click.argument("reason", nargs=-1)
@_PROJECT
def deny(question: str, reason: tuple[str, ...], project: str | None) -> int:
    """Say no to QUESTION, with a REASON that the agent reads."""
    command: JsonObject = {"do": "answer", "question": question, "choice": "deny", "reason": " ".join(reason)}
    tell_live(project, {**command, "where": "command line"})
    click.echo(f"{question}: denied.")
    return 0


@click.command()
@_PROJECT
def stop(project: str | None) -> int:
    """Stop the running request of the project's team; what was done stays."""
    tell_live(project, {"do": "stop", "reason": "loomkin stop"})
    click.echo("Stopped.")
    return 0


@click.command()
@click.argument("path", required=False)
@_PROJECT
def undo(path: str | None, project: str | None) -> int:
    """Undo the team's last change of PATH, or its last change of any file."""
    root = project_root(project)
    command: JsonObject = {"do": "undo", "path": path or ""}
    if live_runtimes(root / ".loomkin"):
        reply = tell_live(project, command)
    else:
        with opened(root) as (portal, workspace, _):
            reply = portal.run(workspace.command(command))
        if not reply.get("ok"):
            raise LoomkinError(str(reply["error"]), str(reply.get("remedy", "")))
    click.echo(str(reply.get("text", "Undone.")))
    return 0


@click.command()
@_PROJECT
@click.option("--revoke", is_flag=True, help="Take the trust back.")
def trust(project: str | None, revoke: bool) -> int:
    """Trust this folder: its LOOMKIN.md and .loomkin.toml may then widen what agents may do."""
    root = project_root(project)
    with opened(root) as (portal, workspace, _):
        reply = portal.run(workspace.command({"do": "trust_folder", "revoke": revoke}))
    if not reply.get("ok"):
        raise LoomkinError(str(reply["error"]), str(reply.get("remedy", "")))
    click.echo(str(reply["text"]))
    return 0
