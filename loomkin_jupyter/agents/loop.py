"""The agent loop: read this file first. One turn, from what was said to a final answer or a plain account of failure.

calls that waited for a person when the process died → drain the inbox → make room → ask the model → keep answer and bill → run the calls → guards → again. Every step is
committed before the next; a turn always ends. Owns nothing: the agent's history, inbox and state are its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomkin_jupyter.agents import acting, asking, guards, recovery
from loomkin_jupyter.agents.corrections import Problem
from loomkin_jupyter.agents.guards import Verdict
from loomkin_jupyter.agents.kit import TurnEnd
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import AssistantEntry, Envelope, ToolEntry, UserEntry
from loomkin_jupyter.core.signals import AnswerCorrected, GuardTripped, Signal
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store.transaction import Tx

if TYPE_CHECKING:
    from loomkin_jupyter.agents.agent import Agent


async def run_turn(agent: Agent) -> TurnEnd:
    """Take one turn; return how it ended.

    :raises ModelFailed, LimitReached: when the model cannot be used or paid for.
    """
    wrong_in_a_row = 0
    most_wrong = int(agent.kit.services.setting("agents.corrections"))
    await acting.take_up(agent, recovery.taken_up(agent))
    while True:
        await checkpoint(agent)
        most = int(agent.kit.services.setting("agents.iterations"))
        if agent.history.answers_in_turn() >= most:
            return await _guard_stop(agent, Verdict("iterations", "stop", f"used all {most} steps of its turn"))
        answer, problem = await asking.ask(agent, due=_due(agent))
        if answer.finish == "refused":
            return TurnEnd(status="refused", text=answer.text, reason=answer.text, run=agent.run_id)
        await agent.steering.gate()
        if problem is not None:
            wrong_in_a_row += 1
            await _correct(agent, answer, problem, wrong_in_a_row)
        elif not answer.calls:
            if agent.inbox.ready():
                continue  # something was said meanwhile: the turn is not over
            return TurnEnd(status="answered", text=answer.text, run=agent.run_id)
        else:
            mistakes = await acting.run_calls(agent, answer.calls)
            wrong_in_a_row = wrong_in_a_row + 1 if mistakes == len(answer.calls) else 0
            if mistakes:
                await _tell(agent, AnswerCorrected(problem="call", count=max(wrong_in_a_row, 1), **agent.scope()))
        if wrong_in_a_row >= most_wrong:
            what = problem.name if problem else "calls with mistakes"
            text = f"gave {wrong_in_a_row} malformed answers in a row (the last: {what})"
            return await _guard_stop(agent, Verdict("malformed", "stop", text))
        verdict = guards.judge(agent.history.entries, role=agent.own_role.name) if problem is None else None
        if verdict is not None and verdict.action == "stop":
            return await _guard_stop(agent, verdict)
        if verdict is not None:
            await _warn(agent, verdict)


async def checkpoint(agent: Agent) -> None:
    """Wait while paused, then take in what was said meanwhile."""
    await agent.steering.gate()
    while agent.inbox.ready():
        await uninterrupted(_take_in(agent))
    agent.state.doing("thinking")


async def _take_in(agent: Agent) -> None:
    """Read what waits; the store, the history, the queue and the plan follow together."""
    taken = await agent.inbox.drain(
        agent.history, agent.run_id, lambda tx, envelopes: agent.team.taking(tx, agent.name, envelopes)
    )
    agent.team.taken(agent.name, taken)
    _enter(agent, taken)


def _enter(agent: Agent, taken: list[Envelope]) -> None:
    """Belong to the run of what was just read."""
    runs = [envelope.run for envelope in taken if envelope.run]
    if runs:
        agent.enter_run(runs[-1])


def _due(agent: Agent) -> str:
    """Return the task that text alone does not finish, '' when there is none or the agent waits for somebody."""
    task = agent.team.task_of(agent.name)
    if not task or agent.spec.lead:
        return ""
    for entry in reversed(agent.history.entries):
        if isinstance(entry, UserEntry) and entry.kind != "correction":
            break
        if isinstance(entry, ToolEntry) and entry.status == "ok" and entry.name in WAITING_CALLS:
            return ""
    return task


WAITING_CALLS = frozenset({"peer_message", "peer_review", "peer_create_task", "ask_user"})


async def _correct(agent: Agent, answer: AssistantEntry, problem: Problem, count: int) -> None:
    """Give a malformed answer back to the model: as the results of its calls, or as a message."""
    await _tell(agent, AnswerCorrected(problem=problem.name, count=count, **agent.scope()))
    if problem.calls:
        await acting.answer_calls(agent, answer.calls, problem.text)
    else:
        await agent.history.add(_said(agent, "correction", f"[correction] {problem.text}"))


async def _warn(agent: Agent, verdict: Verdict) -> None:
    """Say what goes wrong; the signal and the entry together."""
    entry = _said(agent, guards.WARNING, f"[guard] {verdict.text}", sender=f"guard:{verdict.guard}")
    await _keep_guard(agent, verdict, entry)


async def _guard_stop(agent: Agent, verdict: Verdict) -> TurnEnd:
    """End the turn with a plain account of what was tried. It is a failure, not an answer."""
    account = f"{agent.name} {verdict.text}. {_account(agent)}"
    await _keep_guard(
        agent, verdict, _said(agent, guards.STOPPED, f"[notice] Your turn was ended: you {verdict.text}.")
    )
    return TurnEnd(status="failed", text=account, reason=account, run=agent.run_id)


async def _keep_guard(agent: Agent, verdict: Verdict, entry: UserEntry) -> None:
    signal = GuardTripped(guard=verdict.guard, action=verdict.action, text=verdict.text, **agent.scope())

    def work(tx: Tx) -> None:
        agent.history.write(tx, [entry])
        tx.emit(signal)

    await agent.history.commit(work, [entry])


def _account(agent: Agent) -> str:
    """Return what was tried since the last fresh start, for people."""
    done = guards.batches(agent.history.entries)
    if not done:
        return "No tool was used."
    counts: dict[str, int] = {}
    for batch in done:
        for name in batch.names:
            counts[name] = counts.get(name, 0) + 1
    tried = ", ".join(f"{name} ({count}×)" for name, count in sorted(counts.items()))
    return f"Tried: {tried}."


def _said(agent: Agent, kind: str, text: str, sender: str = "loomkin") -> UserEntry:
    return UserEntry(id=new_id("entry"), text=text, sender=sender, kind=kind, time=agent.clock.now(), run=agent.run_id)


async def _tell(agent: Agent, signal: Signal) -> None:
    await agent.store.transact(lambda tx: tx.emit(signal))
