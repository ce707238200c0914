"""What people were asked and answered, and what the gate decided."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class QuestionAsked(Signal, frozen=True, kw_only=True, tag="approval.asked"):
    """A gate for people. ``kind``: permission, spawn, question, budget or release; ``deadline`` is an absolute time."""

    PUBLISHER = "workspace"
    READERS = "views, channels"
    question: str
    handle: str
    kind: str
    title: str
    detail: str = ""
    effect: str = ""
    options: list[str] = []
    deadline: float | None = None
    tool: str = ""
    scopes: list[str] = []
    reversible: bool = True


class QuestionAnswered(Signal, frozen=True, kw_only=True, tag="approval.answered"):
    """``answer``: allow_once, allow_run, always, deny, or free text; ``by``: user, nobody, timeout or stop."""

    PUBLISHER = "workspace"
    question: str
    handle: str
    answer: str
    by: str
    where: str = ""
    reason: str = ""


class PermissionDecided(Signal, frozen=True, kw_only=True, tag="approval.decided"):
    """The audit trail: every decision of the gate, automatic ones too. ``rule`` says what decided."""

    PUBLISHER = "policy"
    READERS = "journal"
    call: str
    tool: str
    target: str
    allowed: bool
    rule: str
    reason: str = ""


class GrantChanged(Signal, frozen=True, kw_only=True, tag="approval.grant_changed"):
    """``state`` is made, revoked or expired."""

    PUBLISHER = "policy"
    READERS = "journal"
    grant: str
    state: str
    tool: str
    scope: str
