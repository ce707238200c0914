"""Calls of models: what was sent, streamed, received, retried, and what it cost."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal
from loomkin_jupyter.core.usage import Usage


class TextStreamed(Signal, frozen=True, kw_only=True, tag="agent.text_streamed"):
    """A piece of an answer on its way. ``call`` is the model call's id; reasoning is flagged."""

    TRANSIENT = True
    PUBLISHER = "agents"
    call: str
    text: str
    reasoning: bool = False


class AnswerReceived(Signal, frozen=True, kw_only=True, tag="agent.answer_received"):
    PUBLISHER = "agents"
    call: str
    text: str
    tools: list[str] = []
    finish: str = "stop"


class ModelRetried(Signal, frozen=True, kw_only=True, tag="cost.model_retried"):
    PUBLISHER = "agents"
    call: str
    attempt: int
    wait_s: float
    reason: str


class CallMetered(Signal, frozen=True, kw_only=True, tag="cost.call_metered"):
    """One model call's bill. ``cost_nano`` is None when the price is unknown; ``estimated`` marks broken streams."""

    PUBLISHER = "agents"
    call: str
    model: str
    usage: Usage
    cost_nano: int | None
    latency_s: float = 0.0
    first_token_s: float | None = None
    attempts: int = 1
    estimated: bool = False
    purpose: str = "turn"


class RequestSent(Signal, frozen=True, kw_only=True, tag="cost.request_sent"):
    """What left for a model, for "What was sent"; ``bytes`` is the size of all its messages, ``tools`` that of its tools.

    ``messages`` is JSON without secrets: what is new since the request ``base`` of the same agent and run ('': all of it).
    The whole request has base's messages ``first`` to ``last`` at these places; ``core.requests.whole`` puts it together.
    """

    PUBLISHER = "agents"
    call: str
    model: str
    bytes: int
    tools: int = 0
    messages: str = ""
    base: str = ""
    first: int = 0
    last: int = 0


class BudgetReached(Signal, frozen=True, kw_only=True, tag="cost.budget_reached"):
    """``scope`` is agent, team, run or workspace; the call that would have exceeded it was not made."""

    PUBLISHER = "agents"
    scope: str
    limit: str
    spent: str
    needed: str
