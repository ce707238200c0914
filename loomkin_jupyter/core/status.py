"""The words for what agents, tasks and runs are doing, and the one table of legal agent transitions."""

from __future__ import annotations

from typing import Literal, get_args

AgentStatus = Literal["starting", "idle", "working", "waiting", "paused", "healing", "failed", "stopped"]
TaskStatus = Literal[
    "pending",
    "assigned",
    "in_progress",
    "blocked",
    "ready_for_review",
    "partially_complete",
    "speculative",
    "tentative",
    "completed",
    "failed",
    "discarded",
]
RunStatus = Literal["done", "failed", "stopped", "limit", "refused"]
Preset = Literal["strict", "balanced", "autonomous", "full"]
Sharing = Literal["schema", "stats", "sample", "full"]
Tier = Literal["fast", "default", "strong"]

AGENT_STATUSES: tuple[str, ...] = get_args(AgentStatus)
TASK_STATUSES: tuple[str, ...] = get_args(TaskStatus)
PRESETS: tuple[str, ...] = get_args(Preset)
SHARING_LEVELS: tuple[str, ...] = get_args(Sharing)
TASK_ENDS: frozenset[str] = frozenset({"completed", "failed", "discarded"})

TRANSITIONS: dict[str, frozenset[str]] = {
    "starting": frozenset({"idle", "working", "paused", "failed", "stopped"}),
    "idle": frozenset({"working", "paused", "starting", "failed", "stopped"}),
    "working": frozenset({"idle", "waiting", "paused", "healing", "starting", "failed", "stopped"}),
    "waiting": frozenset({"working", "idle", "paused", "starting", "failed", "stopped"}),
    "paused": frozenset({"idle", "working", "starting", "failed", "stopped"}),
    "healing": frozenset({"working", "idle", "failed", "stopped"}),
    "failed": frozenset({"starting", "stopped"}),
    "stopped": frozenset({"starting"}),
}


class IllegalTransition(Exception):
    """An agent was asked to go from one status to another that the table does not allow."""


def check_transition(was: str, to: str) -> None:
    """Raise IllegalTransition unless ``was`` → ``to`` stands in the table (a status may stay itself)."""
    if was != to and to not in TRANSITIONS[was]:
        raise IllegalTransition(
            f"an agent cannot go from {was} to {to}; from {was} it may go to {sorted(TRANSITIONS[was])}"
        )
