"""Taking up what a dead process left: leftovers killed, the interruption told, orphaned questions closed.

The agents themselves mend their histories when they start (``agents/recovery``): this is what must happen before.
"""

from __future__ import annotations

from collections.abc import Sequence

from loomkin_jupyter.core.signals import WorkspaceResumed
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import agents as agent_rows
from loomkin_jupyter.store import intents, questions
from loomkin_jupyter.store import runs as run_rows
from loomkin_jupyter.store import tasks as task_rows
from loomkin_jupyter.store.runs import RunRecord
from loomkin_jupyter.workspace.leftovers import kill_leftovers
from loomkin_jupyter.workspace.parts import Parts

_OPEN = ("assigned", "in_progress", "blocked", "ready_for_review", "partially_complete")


async def prepare_resume(parts: Parts, team: str) -> WorkspaceResumed:
    """Kill what still runs, and say in one signal what was interrupted; return that signal. The lease is held."""
    store = parts.store
    open_calls = await store.read(lambda conn: intents.open_intents(conn, team))
    told = await run_blocking(kill_leftovers, open_calls)
    asked = {kept.question.call: kept for kept in await store.read(lambda conn: questions.open_questions(conn, team))}
    told += [
        f"{call.agent} was in the middle of {call.tool}."
        for call in open_calls
        if call.effect is None and call.call not in asked
    ]
    told += [
        f"{call.agent} had finished {call.tool}; its result was kept." for call in open_calls if call.effect is not None
    ]
    agents = await store.read(lambda conn: agent_rows.of_team(conn, team))
    tasks = await store.read(lambda conn: task_rows.load(conn, team))
    open_runs = await store.read(lambda conn: run_rows.running(conn, team))
    signal = WorkspaceResumed(
        team=team,
        agents=[agent.name for agent in agents],
        tasks=[task.view.handle for task in tasks if task.view.status in _OPEN],
        interrupted=told,
        lost_variables=_lost_variables(parts, open_runs),
    )
    await store.transact(lambda tx: tx.emit(signal))
    return signal


def _lost_variables(parts: Parts, open_runs: Sequence[RunRecord]) -> list[str]:
    """Return the variables that were alive when the open runs named or loaded them, and are not there any more."""
    runs = {record.id for record in open_runs}
    named = [name for node in parts.graph.nodes() if node.run in runs for name in node.variables]
    loaded = [name for record in open_runs for name in record.options.get("data", ())]
    here = set(parts.kernel.names())
    return sorted({*named, *loaded} - here)
