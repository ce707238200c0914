"""Running the calls of one answer: those that only read side by side, all others in order; each result committed.

A result enters the history in the same transaction as its signal. Guidance that arrives between two calls keeps the
rest from running: the model reads it first and decides again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import ToolCall, ToolEntry
from loomkin_jupyter.core.signals import ToolFinished, ToolStarted
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.tools.declare import ToolSpec
from loomkin_jupyter.tools.result import ToolResult

if TYPE_CHECKING:
    from loomkin_jupyter.agents.agent import Agent

_SHOWN = 2_000
STEERED = "This call was not run: new guidance arrived. Read it, then decide again."


async def run_calls(agent: Agent, calls: Sequence[ToolCall]) -> int:
    """Run the calls and append their results; return how many were mistakes of the model."""
    mistakes = 0
    for group in _groups(agent, calls):
        await agent.steering.gate()
        if agent.inbox.urgent():
            await answer_calls(agent, group, STEERED, status="cancelled")
            continue
        results = await _together(agent, group)
        mistakes += sum(result.mistake for result in results)
    return mistakes


async def take_up(agent: Agent, calls: Sequence[ToolCall]) -> None:
    """Run calls that a dead process had not begun: the first asks again what people were asked, whatever came since."""
    if calls:
        await agent.steering.gate()
        await _one(agent, calls[0])
        await run_calls(agent, calls[1:])


async def answer_calls(agent: Agent, calls: Sequence[ToolCall], text: str, *, status: str = "failed") -> None:
    """Give calls that were not run their results."""
    for call in calls:
        await _keep(agent, call, ToolResult(text, status), None)  # type: ignore[arg-type]


def _groups(agent: Agent, calls: Sequence[ToolCall]) -> Iterator[list[ToolCall]]:
    """Yield runs of neighbouring parallel calls together, every other call alone."""
    group: list[ToolCall] = []
    for call in calls:
        if _parallel(agent, call.name):
            group.append(call)
            continue
        if group:
            yield group
        group = []
        yield [call]
    if group:
        yield group


def only_reads(agent: Agent, calls: Sequence[ToolCall]) -> bool:
    """Whether nothing but results can come of these calls."""
    specs = [_spec(agent, call.name) for call in calls]
    return all(spec is not None and spec.kind == "read" and not spec.side_effect for spec in specs)


def _parallel(agent: Agent, name: str) -> bool:
    spec = _spec(agent, name)
    return spec is not None and spec.parallel and not spec.side_effect


def _spec(agent: Agent, name: str) -> ToolSpec | None:
    """Return the tool of that name; None for one that the model made up."""
    try:
        return agent.kit.registry.get(name)
    except ToolRetry:
        return None


async def _together(agent: Agent, calls: Sequence[ToolCall]) -> list[ToolResult]:
    """Run calls side by side; none outlives the turn."""
    if len(calls) == 1:
        return [await _one(agent, calls[0])]
    tasks = [asyncio.ensure_future(_one(agent, call)) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _one(agent: Agent, call: ToolCall) -> ToolResult:
    """Announce, run and keep one call."""
    redact = agent.kit.services.redactor
    task = agent.team.task_of(agent.name)
    started = ToolStarted(
        call=call.id, tool=call.name, arguments=redact(call.arguments)[:_SHOWN], task=task, **agent.scope(call.id)
    )
    agent.history.hand_over(lambda tx: tx.emit(started))
    began = agent.clock.monotonic()
    agent.state.doing("tool", call.name)
    context = agent.team.tool_context(agent.name, agent.caller(call.id, task))
    result = await agent.kit.toolbox.call(context, call)
    await _keep(agent, call, result, agent.clock.monotonic() - began)
    return result


async def _keep(agent: Agent, call: ToolCall, result: ToolResult, seconds: float | None) -> None:
    """Commit a result: the history's entry and the signal together."""
    entry = ToolEntry(
        id=new_id("entry"), call_id=call.id, name=call.name, text=result.text, status=result.status,
        keeper=result.keeper, images=result.images, time=agent.clock.now(), run=agent.run_id,
    )  # fmt: skip
    finished = ToolFinished(
        call=call.id, tool=call.name, status=result.status, summary=result.text[:_SHOWN],
        duration_s=seconds or 0.0, keeper=result.keeper, **agent.scope(call.id),
    )  # fmt: skip

    def work(tx: Tx) -> None:
        agent.history.write(tx, [entry])
        tx.emit(finished)

    await agent.history.commit(work, [entry])
