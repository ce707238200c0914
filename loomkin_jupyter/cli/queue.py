"""``loomkin queue``: what waits for the agents of a running team, and how a person changes it."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from pathlib import Path

import click

from loomkin_jupyter.cli.control import tell_live
from loomkin_jupyter.cli.text import visible
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.project.root import find_root

_PROJECT = click.option("--project", help="Folder of the project; else found from the working directory.")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"\+?\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d)")


@click.group()
def queue() -> None:
    """What waits for the agents. MESSAGE is a name such as lead:1, what lead reads next (see list)."""


@queue.command("list")
@click.argument("agent", default="")
@_PROJECT
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_(agent: str, project: str | None, as_json: bool) -> int:
    """Show what waits for AGENT, or for everybody, in the order in which it will be read."""
    waiting = _tell(project, {"do": "queue", "agent": agent})["queue"]
    if as_json:
        click.echo(json.dumps(waiting))
        return 0
    if not waiting:
        click.echo("No message is waiting.")
    for one in waiting:
        notes = [
            one["kind"] if one["kind"] != "message" else "",
            one["priority"] if one["priority"] != "normal" else "",
            f"not before {_local(one['due'])}" if one["due"] is not None else "",
            f"made of {one['squashed']}" if one["squashed"] else "",
        ]
        about = f" ({', '.join(note for note in notes if note)})" if any(notes) else ""
        click.echo(visible(f"{one['name']}  from {one['sender']}{about}: {' '.join(one['text'].split())}"))
    return 0


@queue.command()
@click.argument("message")
@click.argument("text", nargs=-1, required=True)
@_PROJECT
def edit(message: str, text: tuple[str, ...], project: str | None) -> int:
    """Change the text of MESSAGE."""
    _tell(project, {"do": "queue.edit", "message": message, "text": " ".join(text)})
    click.echo(f"{message} is changed.")
    return 0


@queue.command()
@click.argument("message")
@click.argument("place", type=click.IntRange(min=1))
@_PROJECT
def move(message: str, place: int, project: str | None) -> int:
    """Move MESSAGE to PLACE in its queue; 1 is read next."""
    _tell(project, {"do": "queue.move", "message": message, "place": place})
    click.echo(f"{message} is moved to place {place}.")
    return 0


@queue.command()
@click.argument("message")
@_PROJECT
def delete(message: str, project: str | None) -> int:
    """Take MESSAGE away."""
    _tell(project, {"do": "queue.delete", "message": message})
    click.echo(f"{message} is deleted.")
    return 0


@queue.command()
@click.argument("messages", nargs=-1, required=True)
@_PROJECT
def squash(messages: tuple[str, ...], project: str | None) -> int:
    """Make your waiting MESSAGES to one agent a single one (or all: give the agent's name alone)."""
    alone = len(messages) == 1 and ":" not in messages[0] and not messages[0].startswith("msg_")
    what: JsonObject = {"agent": messages[0]} if alone else {"messages": list(messages)}
    made = _tell(project, {"do": "queue.squash", **what})["message"]
    click.echo(
        f"{made['name']} is made of {made['squashed']} messages. loomkin queue restore {made['name']} undoes it."
    )
    return 0


@queue.command()
@click.argument("message")
@_PROJECT
def restore(message: str, project: str | None) -> int:
    """Take a squashed MESSAGE apart again."""
    texts = _tell(project, {"do": "queue.restore", "message": message})["texts"]
    click.echo(f"{message} is {len(texts)} messages again.")
    return 0


@queue.command()
@click.argument("agent")
@click.argument("when")
@click.argument("text", nargs=-1, required=True)
@_PROJECT
def schedule(agent: str, when: str, text: tuple[str, ...], project: str | None) -> int:
    """Leave TEXT for AGENT, to be read at WHEN: in 20m, 2h, 1d, or at 2026-12-24T18:00."""
    due = due_of(when, time.time())
    _tell(project, {"do": "schedule", "agent": agent, "text": " ".join(text), "due": due})
    click.echo(f"{agent} reads it at {_local(due)}.")
    return 0


def due_of(when: str, now: float) -> float:
    """Return the moment that ``when`` means, in seconds since the epoch.

    :raises UsageError: when it means none.
    """
    span = _SPAN.fullmatch(when.strip().removeprefix("in ").strip())
    if span is not None:
        return now + float(span.group(1)) * _UNITS[span.group(2)]
    try:
        return datetime.fromisoformat(when.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{when!r} is no moment.", "Write 20m, 2h, 1d, or a time such as 2026-12-24T18:00.") from None


def _tell(project: str | None, command: JsonObject) -> JsonObject:
    return tell_live(find_root(Path.cwd(), given=project), command)


def _local(due: float) -> str:
    return datetime.fromtimestamp(due).astimezone().strftime("%Y-%m-%d %H:%M %Z")
