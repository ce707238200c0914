"""Calls that a crash, a kill or a stop cut off: each gets a result that says what is known, and none is run again.

Known from the intent: its recorded effect; for a file write the content on disk, by its hash. Everything else is
*interrupted, outcome unknown*, and the model decides.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import ToolCall, ToolEntry
from loomkin_jupyter.core.signals import ToolFinished
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import intents
from loomkin_jupyter.store.intents import Intent
from loomkin_jupyter.store.transaction import Tx

if TYPE_CHECKING:
    from loomkin_jupyter.agents.agent import Agent

UNKNOWN = (
    "This call was interrupted and its outcome is unknown. It was not run again. Look at what it may have changed before "
    "you decide whether to call it again."
)
NOT_RUN = "This call was not run: the turn was interrupted before it began."


async def mend(agent: Agent) -> list[str]:
    """Give every open call of the history its result; return what was cut off, in words."""
    cut: list[str] = []
    entries: list[ToolEntry] = []
    for answer, call in agent.history.open_calls():
        intent = await agent.store.read(
            lambda conn, call=call: intents.get(conn, call.id, agent=agent.name, team=agent.team.name)
        )
        status, text = await _outcome(agent, call, intent)
        entries.append(
            ToolEntry(
                id=new_id("entry"), call_id=call.id, name=call.name, text=text, status=status,
                time=agent.clock.now(), run=answer.run,
            )
        )  # fmt: skip
        cut.append(f"{agent.name}: {call.name} ({'done' if status == 'ok' else status})")
    if not entries:
        return []

    def work(tx: Tx) -> None:
        agent.history.write(tx, entries)
        for entry in entries:
            intents.finish(tx, entry.call_id, entry.status, agent=agent.name, team=agent.team.name)
            tx.emit(
                ToolFinished(
                    call=entry.call_id, tool=entry.name, status=entry.status, summary=entry.text[:200],
                    **agent.scope(entry.call_id),
                )
            )  # fmt: skip

    await agent.history.commit(work, entries)
    return cut


async def _outcome(agent: Agent, call: ToolCall, intent: Intent | None) -> tuple[str, str]:
    """Return (status, text) of a call from what is known about it."""
    if intent is None:
        return "interrupted", NOT_RUN if _changes_things(agent, call) else UNKNOWN
    if intent.effect:
        return ("ok" if intent.status in ("open", "ok") else intent.status), intent.effect
    if intent.path and intent.after is not None:
        return await _by_content(agent.kit.root / intent.path, intent)
    return "interrupted", UNKNOWN


def _changes_things(agent: Agent, call: ToolCall) -> bool:
    """Whether the tool commits an intent before it does anything, so that no intent means that nothing was done."""
    spec = next((s for s in agent.kit.registry.for_role(agent.own_role.name) if s.name == call.name), None)
    return spec is not None and spec.side_effect


async def _by_content(path: Path, intent: Intent) -> tuple[str, str]:
    """Judge a file write by what the file holds now."""
    now = await run_blocking(_digest, path)
    if now == intent.after:
        return "ok", f"{intent.path} was written; the interruption came after."
    if now == (intent.before or ""):
        return "interrupted", f"{intent.path} was not written: the interruption came before, and the file is unchanged."
    return "interrupted", f"{UNKNOWN} {intent.path} holds neither the old nor the new content."


def _digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, '' where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
