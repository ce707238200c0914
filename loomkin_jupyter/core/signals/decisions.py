"""The decision graph: nodes, edges, confidence, and doubt that spreads."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class DecisionLogged(Signal, frozen=True, kw_only=True, tag="decision.logged"):
    """A node. ``handle`` is D7; ``auto`` marks what the recorder wrote by itself."""

    PUBLISHER = "memory"
    node: str
    handle: str
    kind: str
    title: str
    description: str = ""
    confidence: int | None = None
    auto: bool = False
    task: str = ""
    variables: list[str] = []
    files: list[str] = []
    cell: str = ""


class DecisionLinked(Signal, frozen=True, kw_only=True, tag="decision.linked"):
    """An edge between two handles."""

    PUBLISHER = "memory"
    source: str
    target: str
    kind: str
    rationale: str = ""


class ConfidenceRevised(Signal, frozen=True, kw_only=True, tag="decision.confidence_revised"):
    PUBLISHER = "memory"
    handle: str
    was: int | None
    confidence: int
    reason: str = ""
    by: str = ""


class DecisionStatusChanged(Signal, frozen=True, kw_only=True, tag="decision.status_changed"):
    PUBLISHER = "memory"
    handle: str
    status: str
    was: str


class DoubtSpread(Signal, frozen=True, kw_only=True, tag="decision.doubt_spread"):
    """Nodes that rest on a doubtful one: ``flagged`` handles, ``paths`` as D1 → D2 texts, same order."""

    PUBLISHER = "memory"
    READERS = "views, teams (tells the agents)"
    handle: str
    flagged: list[str]
    paths: list[str]


class DoubtCleared(Signal, frozen=True, kw_only=True, tag="decision.doubt_cleared"):
    PUBLISHER = "memory"
    handle: str
    cleared: list[str]
