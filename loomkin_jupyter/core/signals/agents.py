"""Agents: born, changing status and activity, restarted, stalled, corrected."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class AgentSpawned(Signal, frozen=True, kw_only=True, tag="agent.spawned"):
    PUBLISHER = "teams"
    role: str
    model: str = ""
    tier: str = ""
    lead: bool = False
    tools: list[str] = []


class AgentStatusChanged(Signal, frozen=True, kw_only=True, tag="agent.status_changed"):
    PUBLISHER = "agents"
    status: str
    was: str
    reason: str = ""


class ActivityChanged(Signal, frozen=True, kw_only=True, tag="agent.activity_changed"):
    """What a working agent does now: thinking, streaming, tool, permission, approval, answer, kernel, teammate, budget."""

    TRANSIENT = True
    PUBLISHER = "agents"
    activity: str
    detail: str = ""


class AgentRestarted(Signal, frozen=True, kw_only=True, tag="agent.restarted"):
    PUBLISHER = "teams"
    error: str
    restarts: int


class AgentStalled(Signal, frozen=True, kw_only=True, tag="agent.stalled"):
    PUBLISHER = "workspace"
    activity: str
    seconds: float


class GuardTripped(Signal, frozen=True, kw_only=True, tag="agent.guard_tripped"):
    """``action`` is warn or stop."""

    PUBLISHER = "agents"
    guard: str
    action: str
    text: str


class AnswerCorrected(Signal, frozen=True, kw_only=True, tag="agent.answer_corrected"):
    """A malformed model answer went back to the model with ``problem``; ``count`` in a row."""

    PUBLISHER = "agents"
    problem: str
    count: int
