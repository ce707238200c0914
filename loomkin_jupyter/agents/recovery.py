"""Calls that a crash, a kill or a stop cut off: each gets a result that says what is known, and none is run again.

Except what had not begun because a person was being asked: that call is left open, and the turn takes it up under the
question that people have seen.

Known from the intent: its recorded effect; for a file write the content on disk, by its hash: a write that was done is
told and can be taken back like any other. Everything else is *interrupted, outcome unknown*, and the model decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject, ToolCall, ToolEntry
from loomkin_jupyter.core.ports import Answer
from loomkin_jupyter.core.signals import FileChanged, QuestionAnswered, ToolFinished
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import changes, intents, questions
from loomkin_jupyter.store.intents import Intent
from loomkin_jupyter.store.questions import KeptQuestion
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.tools.text_file import decode, diff_of, read_bytes
from loomkin_jupyter.tools.versions import content_hash

if TYPE_CHECKING:
    from loomkin_jupyter.agents.agent import Agent

UNKNOWN = (
    "This call was interrupted and its outcome is unknown. It was not run again. Look at what it may have changed before "
    "you decide whether to call it again."
)
NOT_RUN = "This call was not run: the turn was interrupted before it began."
CUT_OFF = "The call that asked was cut off, and it is not run again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a call, and what has to be written with its result."""

    status: str
    text: str
    also: Callable[[Tx], None] = lambda tx: None


async def mend(agent: Agent, *, taken_up: bool = False) -> list[str]:
    """Give every open call of the history its result; return what was cut off, in words.

    ``taken_up``: the turn goes on, so what waits for a person stays open, and the calls of the same answer behind it.
    """
    cut: list[str] = []
    entries: list[ToolEntry] = []
    outcomes: list[Outcome] = []
    asked = await _asked(agent) if taken_up else {}
    waiting: set[str] = set()
    for answer, call in agent.history.open_calls():
        intent = await agent.store.read(
            lambda conn, call=call: intents.get(conn, call.id, agent=agent.name, team=agent.team.name)
        )
        if _waits(agent, call, intent, asked.get(call.id)) or (intent is None and answer.id in waiting):
            waiting.add(answer.id)
            asked.pop(call.id, None)
            continue
        outcome = await _outcome(agent, call, intent)
        outcomes.append(outcome)
        entries.append(
            ToolEntry(
                id=new_id("entry"), call_id=call.id, name=call.name, text=outcome.text, status=outcome.status,
                time=agent.clock.now(), run=answer.run,
            )
        )  # fmt: skip
        cut.append(f"{agent.name}: {call.name} ({'done' if outcome.status == 'ok' else outcome.status})")
    if not entries:
        return []
    moot = [asked[entry.call_id] for entry in entries if entry.call_id in asked]

    def work(tx: Tx) -> None:
        agent.history.write(tx, entries)
        for question in moot:
            _close(tx, question)
        for entry, outcome in zip(entries, outcomes, strict=True):
            outcome.also(tx)
            intents.finish(tx, entry.call_id, entry.status, agent=agent.name, team=agent.team.name)
            tx.emit(
                ToolFinished(
                    call=entry.call_id, tool=entry.name, status=entry.status, summary=entry.text[:200],
                    **agent.scope(entry.call_id),
                )
            )  # fmt: skip

    await agent.history.commit(work, entries)
    return cut


def taken_up(agent: Agent) -> list[ToolCall]:
    """Return the calls that ``mend`` left open, in order."""
    return [call for _, call in agent.history.open_calls()]


async def _asked(agent: Agent) -> dict[str, KeptQuestion]:
    """Return what this agent was asking a person, by the call that asked."""
    found = await agent.store.read(lambda conn: questions.open_questions(conn, agent.team.name))
    return {kept.question.call: kept for kept in found if kept.question.agent == agent.name and kept.question.call}


def _waits(agent: Agent, call: ToolCall, intent: Intent | None, asked: KeptQuestion | None) -> bool:
    """Whether nothing of the call can have happened but its question."""
    if asked is None or (intent is not None and (intent.effect or intent.status != "open")):
        return False
    if asked.question.kind in ("question", "spawn"):
        return True  # these ask first of all, within their intent
    if intent is not None:
        return False
    return asked.question.kind == "permission" or not _changes_things(agent, call)


def _close(tx: Tx, kept: KeptQuestion) -> None:
    """Close a question whose call has its result: nobody would hear the answer."""
    answer = Answer(choice="deny", by="stop", reason=CUT_OFF)
    if questions.answer(tx, kept.id, answer):
        of = kept.question
        tx.emit(
            QuestionAnswered(
                question=kept.id, handle=kept.handle, answer=answer.choice, by=answer.by, reason=answer.reason,
                team=of.team, run=of.run, agent=of.agent,
            )
        )  # fmt: skip


async def _outcome(agent: Agent, call: ToolCall, intent: Intent | None) -> Outcome:
    """Return what became of a call, from what is known about it."""
    if intent is None:
        return Outcome("interrupted", NOT_RUN if _changes_things(agent, call) else UNKNOWN)
    if intent.effect:
        return Outcome("ok" if intent.status in ("open", "ok") else intent.status, intent.effect)
    if intent.path and intent.after is not None:
        return await _by_content(agent, agent.kit.root / intent.path, intent)
    return Outcome("interrupted", UNKNOWN)


def _changes_things(agent: Agent, call: ToolCall) -> bool:
    """Whether the tool commits an intent before it does anything, so that no intent means that nothing was done."""
    spec = next((s for s in agent.kit.registry.for_role(agent.own_role.name) if s.name == call.name), None)
    return spec is not None and spec.side_effect


async def _by_content(agent: Agent, path: Path, intent: Intent) -> Outcome:
    """Judge a file write by what the file holds now, and complete or forget the change that came with its intent."""
    found = await run_blocking(_look, path)
    now = "" if found is None else content_hash(found)
    change = await agent.store.read(
        lambda conn: changes.begun(conn, intent.call, agent=agent.name, team=agent.team.name)
    )
    if now == intent.after:
        told = None if change is None or found is None else await _told(agent, change, found)
        text = f"{intent.path} was written; the interruption came after."
        return Outcome("ok", text, lambda tx: None if told is None else tx.emit(told))
    text = f"{UNKNOWN} {intent.path} holds neither the old nor the new content."
    if now == (intent.before or ""):
        text = f"{intent.path} was not written: the interruption came before, and the file is unchanged."
    return Outcome("interrupted", text, lambda tx: None if change is None else changes.drop(tx, change.number))


async def _told(agent: Agent, change: changes.Change, data: bytes) -> FileChanged:
    """Return the signal that the kill kept from being told."""
    before = await agent.store.read(lambda conn: changes.content_before(conn, change.number))

    def compare() -> tuple[str, int, int]:
        return diff_of(change.path, "" if before is None else decode(before).text, decode(data).text)

    diff, added, removed = await run_blocking(compare)
    scope: JsonObject = {**agent.scope(change.call), "run": change.run}
    return FileChanged(
        call=change.call, path=change.path, before=change.before, after=change.after, added=added, removed=removed,
        diff=agent.kit.services.redactor(diff), **scope,
    )  # fmt: skip


def _look(path: Path) -> bytes | None:
    """Return the file's bytes, None where there is no file that can be read."""
    try:
        return read_bytes(path) if path.is_file() else None
    except (OSError, ToolFailed):
        return None
