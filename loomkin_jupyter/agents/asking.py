"""One model call: make room, reserve, send, stream, and keep the answer with its bill in one transaction.

A refused length is answered by offloading more and asking once again. A call that is cancelled is billed by estimate:
what was sent and streamed was paid for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, cast

import msgspec

from loomkin_jupyter.agents.acting import only_reads
from loomkin_jupyter.agents.corrections import Problem, find_problem, with_own_ids
from loomkin_jupyter.agents.room import Room
from loomkin_jupyter.core.errors import LimitReached, ModelFailed
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import AssistantEntry
from loomkin_jupyter.core.ports import (
    AnswerBill,
    ModelAnswer,
    ModelEvent,
    ModelLimits,
    ModelRequest,
    Retrying,
    TextDelta,
)
from loomkin_jupyter.core.requests import size_of
from loomkin_jupyter.core.signals import (
    AnswerReceived,
    BudgetReached,
    CallMetered,
    ModelRetried,
    RequestSent,
    TextStreamed,
)
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models.client import estimate
from loomkin_jupyter.policy.budget import BudgetStop
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store.transaction import Tx

if TYPE_CHECKING:
    from loomkin_jupyter.agents.agent import Agent


async def ask(agent: Agent, *, due: str = "") -> tuple[AssistantEntry, Problem | None]:
    """Ask the model once; return its answer as the history has it, and what is wrong with it.

    :raises ModelFailed, LimitReached: when it cannot be asked.
    """
    room = await Room.of(agent)
    try:
        return await _call(agent, await room.request(), room, due)
    except ModelFailed as failed:
        if failed.kind != "context_too_long":
            raise
    await room.shrink()
    return await _call(agent, await room.request(), room, due)


async def _call(agent: Agent, request: ModelRequest, room: Room, due: str) -> tuple[AssistantEntry, Problem | None]:
    agent.state.doing("budget")
    reservation, allowed = await _reserve(agent, room, request)
    request = msgspec.structs.replace(request, max_output=allowed)
    sent = Sent(request, reservation, room.limits)
    try:
        _announce(agent, request)
        agent.state.doing("thinking")
        sent.left = True
        answer = await _stream(agent, sent)
    except asyncio.CancelledError:
        await uninterrupted(_settle_lost(agent, sent, sent.lost(), "cancelled"))
        raise
    except ModelFailed as failed:
        await uninterrupted(_settle_lost(agent, sent, failed.wasted, "wasted"))
        raise
    except BaseException:
        agent.kit.budget.release(reservation)
        raise
    problem = find_problem(answer, due=due)
    room.learn(answer.usage)
    return await _keep(agent, request, reservation, answer, problem), problem


class Sent:
    """A call on its way: what left, under which reservation, and what came back so far."""

    def __init__(self, request: ModelRequest, reservation: str, limits: ModelLimits) -> None:
        self.request = request
        self.reservation = reservation
        self.limits = limits
        self.left = False
        self.streamed = 0
        self.broken: list[int] = []

    def retried(self) -> None:
        """The attempt under way broke off; the provider bills what it had streamed."""
        if self.streamed:
            self.broken.append(self.streamed)
        self.streamed = 0

    def lost(self) -> list[tuple[Usage, int | None]]:
        """Return estimated bills of everything that was paid for without an answer."""
        if not self.left:
            return []
        usages = [estimate(self.request, streamed) for streamed in (*self.broken, self.streamed)]
        return [(usage, 0 if self.limits.local else self.limits.price.cost(usage)) for usage in usages]


async def _reserve(agent: Agent, room: Room, request: ModelRequest) -> tuple[str, int]:
    """Set money aside; a limit that cannot hold the call is said aloud."""
    try:
        return await agent.kit.budget.reserve(agent.name, agent.run_id, room.tokens, request.max_output, room.limits)
    except LimitReached as reached:
        stop = reached if isinstance(reached, BudgetStop) else None
        signal = BudgetReached(
            scope=stop.scope if stop else "run", limit=stop.limit if stop else "", spent=stop.spent if stop else "",
            needed=stop.needed if stop else "", **agent.scope(),
        )  # fmt: skip
        await agent.store.transact(lambda tx: tx.emit(signal))
        raise


def _announce(agent: Agent, request: ModelRequest) -> None:
    """Note what leaves for the model, without secrets; handed over before it leaves, committed before its answer."""
    part = agent.outgoing.take(request.id, agent.run_id, request.messages, agent.kit.services.redactor)
    sent = RequestSent(
        call=request.id, model=request.model, bytes=part.bytes, tools=size_of(request.tools), messages=part.messages, base=part.base,
        first=part.first, last=part.last, **agent.scope(request.id),
    )  # fmt: skip
    agent.history.hand_over(lambda tx: tx.emit(sent))


async def _stream(agent: Agent, sent: Sent) -> ModelAnswer:
    """Read the stream to its answer, showing what comes."""
    request = sent.request
    publish, scope = agent.kit.services.publish, agent.scope(request.id)
    answer: ModelAnswer | None = None
    stream = cast("AsyncGenerator[ModelEvent]", agent.kit.models.stream(request))
    async with contextlib.aclosing(stream) as events:  # closing it is what cancels the call
        async for event in events:
            if isinstance(event, TextDelta):
                sent.streamed += len(event.text)
                agent.state.doing("streaming")
                publish(TextStreamed(call=request.id, text=event.text, reasoning=event.reasoning, **scope))
            elif isinstance(event, Retrying):
                sent.retried()
                agent.state.doing("thinking", f"retry {event.attempt}: {event.reason}")
                retried = ModelRetried(
                    call=request.id, attempt=event.attempt, wait_s=event.wait_s, reason=event.reason, **scope
                )
                await agent.store.transact(lambda tx, retried=retried: tx.emit(retried))
            else:
                answer = event
    if answer is None:
        raise ModelFailed("broken", f"{request.model} ended without an answer.", "Ask again.")
    return answer


async def _keep(
    agent: Agent, request: ModelRequest, reservation: str, answer: ModelAnswer, problem: Problem | None
) -> AssistantEntry:
    """Write the answer, its bills and their signals in one transaction, committed before anything can come of it."""
    model = answer.model or request.model
    entry = AssistantEntry(
        id=new_id("entry"), text=answer.text, calls=with_own_ids(answer.calls), model=model, usage=answer.usage,
        finish=answer.finish, reasoning=answer.reasoning, time=agent.clock.now(), run=agent.run_id,
    )  # fmt: skip
    scope = agent.scope(request.id)
    bill = AnswerBill(
        call=request.id, agent=agent.name, run=agent.run_id, model=model, usage=answer.usage,
        cost_nano=answer.cost_nano, estimated=answer.estimated, purpose=request.purpose,
    )  # fmt: skip
    metered = CallMetered(
        call=request.id, model=model, usage=answer.usage, cost_nano=answer.cost_nano, latency_s=answer.latency_s,
        first_token_s=answer.first_token_s, attempts=answer.attempts, estimated=answer.estimated,
        purpose=request.purpose, **scope,
    )  # fmt: skip
    received = AnswerReceived(
        call=request.id, text=answer.text, tools=[call.name for call in answer.calls], finish=answer.finish, **scope
    )
    wasted = [_wasted(bill, usage, cost) for usage, cost in answer.wasted]

    def work(tx: Tx) -> None:
        agent.history.write(tx, [entry])
        agent.kit.budget.settle(tx, reservation, bill, agent.team.name)
        tx.emit(metered)
        for lost in wasted:
            agent.kit.budget.settle(tx, "", lost, agent.team.name)
            tx.emit(_metered(lost, scope))
        tx.emit(received)

    if entry.calls and not problem and only_reads(agent, entry.calls):
        # Nothing comes of these calls but results, and those are committed behind the answer.
        agent.history.hand_over(work, [entry])
    else:
        await agent.history.commit(work, [entry])
    return entry


async def _settle_lost(agent: Agent, sent: Sent, lost: Sequence[tuple[Usage, int | None]], purpose: str) -> None:
    """Charge what a call cost that brought no answer, flagged as estimated; what cost nothing is released."""
    request = sent.request
    bills = [
        AnswerBill(
            call=request.id, agent=agent.name, run=agent.run_id, model=request.model, usage=usage, cost_nano=cost,
            estimated=True, purpose=purpose,
        )
        for usage, cost in lost
    ]  # fmt: skip
    if not bills:
        agent.kit.budget.release(sent.reservation)
        return
    scope = agent.scope(request.id)

    def work(tx: Tx) -> None:
        for number, bill in enumerate(bills):
            agent.kit.budget.settle(tx, "" if number else sent.reservation, bill, agent.team.name)
            tx.emit(_metered(bill, scope))

    await agent.store.transact(work)


def _wasted(bill: AnswerBill, usage: Usage, cost: int | None) -> AnswerBill:
    return msgspec.structs.replace(bill, usage=usage, cost_nano=cost, estimated=True, purpose="wasted")


def _metered(bill: AnswerBill, scope: dict[str, object]) -> CallMetered:
    return CallMetered(
        call=bill.call, model=bill.model, usage=bill.usage, cost_nano=bill.cost_nano, estimated=True,
        purpose=bill.purpose, **scope,  # type: ignore[arg-type]
    )  # fmt: skip
