"""What every face may ask of a workspace: one table from ``do`` to a function, checked arguments, one shape of reply.

Magics, control channel, REST, the local door and the terminal all come through here. A reply is
``{"ok": true, …}`` or ``{"ok": false, "error": …, "remedy": …}``; nothing is raised.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec

from loomkin_jupyter.core.errors import LoomkinError, ToolFailed, UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.ports import Answer
from loomkin_jupyter.workspace.options import RunOptions

if TYPE_CHECKING:
    from loomkin_jupyter.workspace.workspace import Workspace

Handler = Callable[["Workspace", JsonObject], Awaitable[JsonObject]]


async def run_command(workspace: Workspace, command: JsonObject) -> JsonObject:
    """Carry one command out and return its reply."""
    # JSON can carry halves of surrogate pairs, which no database and no provider takes.
    command = json.loads(json.dumps(command, ensure_ascii=False).encode("utf-8", "replace"))
    name = command.get("do")
    handler = COMMANDS.get(name) if isinstance(name, str) else None
    if handler is None:
        return _failed(f"{name!r} is no command.{nearest(str(name), COMMANDS)}", f"Commands: {', '.join(COMMANDS)}.")
    try:
        return {"ok": True, **await handler(workspace, command)}
    except LoomkinError as failed:
        return _failed(failed.message, failed.remedy)
    except ToolFailed as failed:
        return _failed(str(failed), "")
    except msgspec.ValidationError as failed:
        return _failed(f"{name}: {failed}.", "Correct that field and send the command again.")


def _failed(error: str, remedy: str) -> JsonObject:
    return {"ok": False, "error": error, "remedy": remedy}


def _text(command: JsonObject, key: str, default: str | None = None) -> str:
    value = command.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise UsageError(f"{command['do']} needs {key!r} as text, got {value!r}.", f"Give {key!r} as a string.")
    return value


def _number(command: JsonObject, key: str) -> int:
    value = command.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError(
            f"{command['do']} needs {key!r} as a whole number, got {value!r}.", f"Give {key!r} as a number."
        )
    return value


async def _answer(workspace: Workspace, command: JsonObject) -> JsonObject:
    given = Answer(
        choice=_text(command, "choice"),
        where=_text(command, "where", "panel"),
        reason=_text(command, "reason", ""),
        scope=_text(command, "scope", ""),
    )
    return {"question": await workspace.questions.answer(_text(command, "question"), given)}


async def _ask(workspace: Workspace, command: JsonObject) -> JsonObject:
    # An id comes from a face of this process only: that of another could be some run's already.
    options = msgspec.structs.replace(msgspec.convert(command.get("options") or {}, RunOptions), id="")
    run = await workspace.ask(_text(command, "request"), options)
    return {"run": run.id}


async def _stop(workspace: Workspace, command: JsonObject) -> JsonObject:
    agent, run = _text(command, "agent", ""), _text(command, "run", "")
    reason = _text(command, "reason", "stopped by the user")
    if agent:
        return {"text": await workspace.levers.stop_agent(agent, reason)}
    return {"text": await workspace.levers.stop(run, reason)}


async def _pause(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"agents": await workspace.levers.pause(_text(command, "agent", ""), _text(command, "reason", ""))}


async def _resume(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"agents": await workspace.levers.unpause(_text(command, "agent", ""), _text(command, "guidance", ""))}


async def _resume_run(workspace: Workspace, command: JsonObject) -> JsonObject:
    run = await workspace.resume(_text(command, "team", "main"))
    return {"run": None if run is None else run.id}


async def _steer(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"text": await workspace.levers.steer(_text(command, "agent"), _text(command, "text"))}


async def _message(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"text": await workspace.levers.message(_text(command, "agent"), _text(command, "text"))}


async def _schedule(workspace: Workspace, command: JsonObject) -> JsonObject:
    due = command.get("due")
    if isinstance(due, bool) or not isinstance(due, (int, float)):
        raise UsageError(f"schedule needs 'due' as a moment, got {due!r}.", "Give 'due' in seconds since the epoch.")
    return {"message": await workspace.levers.schedule(_text(command, "agent"), _text(command, "text"), float(due))}


async def _queue(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"queue": workspace.levers.waiting(_text(command, "agent", ""))}


async def _queue_squash(workspace: Workspace, command: JsonObject) -> JsonObject:
    names: Any = command.get("messages") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in cast("list[Any]", names)):
        raise UsageError(f"queue.squash needs 'messages' as a list of texts, got {names!r}.", "Or give 'agent' alone.")
    messages = cast("list[str]", names)
    agent = _text(command, "agent", "") if messages else _text(command, "agent")
    return {"message": await workspace.levers.squash_messages(messages, agent)}


async def _queue_restore(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"texts": await workspace.levers.restore_messages(_text(command, "message"))}


async def _queue_edit(workspace: Workspace, command: JsonObject) -> JsonObject:
    await workspace.levers.edit_message(_text(command, "message"), _text(command, "text"))
    return {}


async def _queue_delete(workspace: Workspace, command: JsonObject) -> JsonObject:
    await workspace.levers.delete_message(_text(command, "message"))
    return {}


async def _queue_move(workspace: Workspace, command: JsonObject) -> JsonObject:
    message = _text(command, "message")
    if command.get("place") is not None:
        await workspace.levers.move_message(message, place=_number(command, "place"))
    else:
        await workspace.levers.move_message(message, _number(command, "by"))
    return {}


async def _revise(workspace: Workspace, command: JsonObject) -> JsonObject:
    node = await workspace.graph.revise(
        _text(command, "node"), _number(command, "confidence"), _text(command, "reason", ""), by="user"
    )
    return {"node": node.handle, "confidence": node.confidence}


async def _pivot(workspace: Workspace, command: JsonObject) -> JsonObject:
    made = await workspace.graph.pivot(
        _text(command, "node"), _text(command, "observation"), _text(command, "approach")
    )
    return {"node": made.decision.handle}


async def _undo(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"text": await workspace.levers.undo(_text(command, "path", ""), "user")}


async def _grants(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"grants": [msgspec.to_builtins(grant) for grant in workspace.gate.grants()]}


async def _revoke(workspace: Workspace, command: JsonObject) -> JsonObject:
    grant = await workspace.gate.revoke(_text(command, "grant"))
    return {"text": f"{grant.tool} ({grant.scope}) asks again."}


async def _trust_folder(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"text": await workspace.configuration.trust_folder(revoke=command.get("revoke") is True)}


async def _setting(workspace: Workspace, command: JsonObject) -> JsonObject:
    value: Any = command.get("value")
    return {"text": await workspace.configuration.change_setting(_text(command, "key"), value)}


async def _questions(workspace: Workspace, command: JsonObject) -> JsonObject:
    asked = [
        {"handle": h, "kind": q.kind, "title": q.title, "detail": q.detail, "options": list(q.options)}
        for h, q in workspace.questions.open()
    ]
    return {"questions": asked}


async def _snapshot(workspace: Workspace, command: JsonObject) -> JsonObject:
    return {"statistics": workspace.statistics()}


COMMANDS: dict[str, Handler] = {
    "answer": _answer,
    "ask": _ask,
    "stop": _stop,
    "pause": _pause,
    "resume": _resume,
    "resume_run": _resume_run,
    "steer": _steer,
    "message": _message,
    "schedule": _schedule,
    "queue": _queue,
    "queue.edit": _queue_edit,
    "queue.delete": _queue_delete,
    "queue.move": _queue_move,
    "queue.squash": _queue_squash,
    "queue.restore": _queue_restore,
    "revise": _revise,
    "pivot": _pivot,
    "undo": _undo,
    "grants": _grants,
    "revoke": _revoke,
    "trust_folder": _trust_folder,
    "setting": _setting,
    "questions": _questions,
    "statistics": _snapshot,
}
