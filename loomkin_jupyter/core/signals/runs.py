"""Requests of people: begun with their terms, ended with their account."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal
from loomkin_jupyter.core.usage import Usage


class RunStarted(Signal, frozen=True, kw_only=True, tag="run.started"):
    """``origin`` is cell, cli, sidebar or api; ``labels`` says honestly what is scripted, recorded or a copy."""

    PUBLISHER = "workspace"
    request: str
    model: str = ""
    trust: str = "balanced"
    share: str = "stats"
    limit_usd: float | None = None
    limit_tokens: int | None = None
    origin: str = ""
    cell: str = ""
    labels: list[str] = []


class RunFinished(Signal, frozen=True, kw_only=True, tag="run.finished"):
    """``status``: done, failed, stopped, limit or refused. ``cost_usd`` is None when a price was unknown."""

    PUBLISHER = "workspace"
    status: str
    answer: str = ""
    cost_usd: float | None = 0.0
    tokens: Usage = Usage()
    agents: int = 0
    tasks: int = 0
    decisions: int = 0
    duration_s: float = 0.0
    reason: str = ""
