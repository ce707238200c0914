"""The plan: tasks made, assigned, moving, done, reviewed."""

from __future__ import annotations

from loomkin_jupyter.core.signals.base import Signal


class TaskCreated(Signal, frozen=True, kw_only=True, tag="task.created"):
    PUBLISHER = "teams"
    task: str
    title: str
    description: str = ""
    priority: int = 3
    depends_on: list[str] = []


class TaskAssigned(Signal, frozen=True, kw_only=True, tag="task.assigned"):
    PUBLISHER = "teams"
    task: str
    owner: str


class TaskStatusChanged(Signal, frozen=True, kw_only=True, tag="task.status_changed"):
    PUBLISHER = "teams"
    task: str
    status: str
    was: str
    reason: str = ""


class TaskDependencyAdded(Signal, frozen=True, kw_only=True, tag="task.dependency_added"):
    PUBLISHER = "teams"
    task: str
    depends_on: str
    kind: str = "blocks"


class TaskCompleted(Signal, frozen=True, kw_only=True, tag="task.completed"):
    PUBLISHER = "teams"
    task: str
    result: str
    actions_taken: list[str] = []
    discoveries: list[str] = []
    files_changed: list[str] = []
    decisions_made: list[str] = []
    open_questions: list[str] = []


class ReviewRequested(Signal, frozen=True, kw_only=True, tag="task.review_requested"):
    PUBLISHER = "teams"
    task: str = ""
    reviewer: str
    question: str = ""
    path: str = ""
