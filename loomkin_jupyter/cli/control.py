"""Commands to a team that runs in another process of the project: approve, deny, stop; and undo, trust."""

from __future__ import annotations

from pathlib import Path

import click

from loomkin_jupyter.cli.text import visible
from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.project.root import find_root
from loomkin_jupyter.workspace.door import live_runtimes, send_command

_PROJECT = click.option("--project", help="Folder of the project; else found from the working directory.")


def tell_live(root: Path, command: JsonObject) -> JsonObject:
    """Send ``command`` to the processes that have this project open until one accepts it; return its reply.

    :raises LoomkinError: when there is none, or when all refused; the last refusal is told.
    """
    refused = LoomkinError(
        f"No team is running in {root}.", "Start one with loomkin run, or go on with loomkin resume."
    )
    for runtime in live_runtimes(root / ".loomkin"):
        try:
            reply = send_command(runtime, command)
        except LoomkinError as gone:
            refused = gone
            continue
        if reply.get("ok"):
            return reply
        refused = _refusal(reply)
    raise refused


def _refusal(reply: JsonObject) -> LoomkinError:
    return LoomkinError(str(reply.get("error") or "The command was refused."), str(reply.get("remedy") or ""))


def _kind(root: Path, question: str) -> JsonObject:
    """Return the open question of that handle, {} where no process has it."""
    for runtime in live_runtimes(root / ".loomkin"):
        try:
            asked = send_command(runtime, {"do": "questions"}).get("questions", [])
        except LoomkinError:
            continue  # one that does not answer is told when the answer itself is sent
        for one in asked:
            if str(one.get("handle", "")).lower() == question.strip().lower():
                return one
    return {}


@click.command()
@click.argument("question")
@click.argument("words", nargs=-1)
@click.option("--run", "for_run", is_flag=True, help="Allow it for the rest of this run.")
@click.option("--always", "scope", default="", metavar="SCOPE", help="Allow it from now on, within SCOPE.")
@_PROJECT
def approve(question: str, words: tuple[str, ...], for_run: bool, scope: str, project: str | None) -> int:
    """Say yes to QUESTION (such as Q4); one that asks for words is answered with WORDS."""
    root = find_root(Path.cwd(), given=project)
    asked = _kind(root, question)
    choice = "always" if scope else "allow_run" if for_run else "allow_once"
    if asked.get("kind") == "question":
        options = "".join(f" [{option}]" for option in asked.get("options", []))
        if not words:
            raise UsageError(
                f"{question} asks: {visible(str(asked.get('title', '')))}{visible(options)}",
                f"Answer in words: loomkin approve {question} WORDS.",
            )
        choice = " ".join(words)
    elif words:
        raise UsageError(
            f"{question} is answered with yes or no, not with {' '.join(words)!r}.",
            f"loomkin approve {question}, or loomkin deny {question} with a reason.",
        )
    command = {"do": "answer", "question": question, "choice": choice, "scope": scope, "where": "command line"}
    reply = tell_live(root, command)
    click.echo(f"{reply.get('question', question)}: {choice.replace('_', ' ') if not words else choice}.")
    return 0


@click.command()
@click.argument("question")
@click.argument("reason", nargs=-1)
@_PROJECT
def deny(question: str, reason: tuple[str, ...], project: str | None) -> int:
    """Say no to QUESTION, with a REASON that the agent reads."""
    command: JsonObject = {"do": "answer", "question": question, "choice": "deny", "reason": " ".join(reason)}
    reply = tell_live(find_root(Path.cwd(), given=project), {**command, "where": "command line"})
    click.echo(f"{reply.get('question', question)}: denied.")
    return 0


@click.command()
@_PROJECT
def stop(project: str | None) -> int:
    """Stop the running requests of the project's teams; what was done stays."""
    root = find_root(Path.cwd(), given=project)
    command: JsonObject = {"do": "stop", "reason": "loomkin stop"}
    live = live_runtimes(root / ".loomkin")
    if not live:
        tell_live(root, command)
    for runtime in live:  # one process may have an idle team and another the busy one
        reply = send_command(runtime, command, timeout_s=30.0)
        if not reply.get("ok"):
            raise _refusal(reply)
        click.echo(str(reply.get("text", "Stopped.")))
    return 0


@click.command()
@click.argument("path", required=False)
@_PROJECT
def undo(path: str | None, project: str | None) -> int:
    """Undo the team's last change of PATH, or its last change of any file."""
    root = find_root(Path.cwd(), given=project)
    wanted = str(Path(path).expanduser().absolute()) if path else ""
    command: JsonObject = {"do": "undo", "path": wanted}
    reply = tell_live(root, command) if live_runtimes(root / ".loomkin") else _undo_here(root, command)
    click.echo(str(reply.get("text", "Undone.")))
    return 0


def _undo_here(root: Path, command: JsonObject) -> JsonObject:
    """Undo without a live team: the workspace is opened for this one command."""
    from loomkin_jupyter.cli.session import opened

    with opened(root) as (portal, workspace, _):
        reply = portal.run(workspace.command(command))
    if not reply.get("ok"):
        raise _refusal(reply)
    return reply


@click.command()
@_PROJECT
@click.option("--revoke", is_flag=True, help="Take the trust back.")
def trust(project: str | None, revoke: bool) -> int:
    """Trust this folder: its LOOMKIN.md and .loomkin.toml may then widen what agents may do."""
    from loomkin_jupyter.policy.trust import FolderTrust

    root = find_root(Path.cwd(), given=project)
    folders = FolderTrust()
    folders.distrust(root) if revoke else folders.trust(root)
    for runtime in live_runtimes(root / ".loomkin"):
        reply = send_command(runtime, {"do": "trust_folder", "revoke": revoke})  # it reads its rules again
        if not reply.get("ok"):
            raise _refusal(reply)
    if revoke:
        click.echo(f"{root} is not trusted any more: its files may only tighten.")
    else:
        click.echo(f"{root} is trusted: its LOOMKIN.md and .loomkin.toml count, until they change.")
    return 0
