"""Reviews of tasks and files: who judges, what is asked, and what a verdict does to the task. Commits nothing itself."""

from __future__ import annotations

import msgspec

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.ports import Caller, TaskView
from loomkin_jupyter.core.status import TASK_ENDS
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.teams.change import Change, result_text
from loomkin_jupyter.teams.plan import with_status
from loomkin_jupyter.teams.roster import Roster

MOST_REVIEWS = 3


def choose_reviewer(roster: Roster, caller: Caller, task: StoredTask | None) -> str:
    """Return who judges: an idle reviewer before a busy one, else the lead; never the author.

    :raises ToolFailed: when there is nobody.
    """
    author = task.view.owner if task else caller.agent
    living = [a for a in roster.living() if a.name not in (caller.agent, author)]
    reviewers = [a for a in living if a.own_role.name == "reviewer"] or [a for a in living if a.spec.lead]
    if not reviewers:
        raise ToolFailed(
            "There is nobody to review it: no reviewer and no lead besides you. team_spawn makes a reviewer."
        )
    return min(reviewers, key=lambda a: (a.state.status != "idle", len(a.inbox))).name


def review_text(what: str, path: str, question: str, task: StoredTask | None) -> str:
    """Return a review as its reviewer reads it."""
    lines = [f"Judge {what}."]
    if path:
        lines.append(f"File: {path}")
    if task is not None and task.view.description:
        lines.append(f"What was asked: {task.view.description}")
    if question:
        lines.append(f"Question: {question}")
    lines.append("Begin your result with APPROVED or REJECTED, then the findings.")
    return "\n".join(lines)


def apply_verdict(change: Change, task: StoredTask, review: TaskView, lead: str) -> None:
    """Give the verdict to the owner; a rejection puts the task back into work, the third one goes to the lead."""
    handle = task.view.handle
    result = review.handoff.result if review.handoff else ""
    rejected = result.lstrip().upper().startswith("REJECT")
    rounds = int(task.extra.get("rejections", 0)) + (1 if rejected else 0)
    changed = msgspec.structs.replace(task, extra={**task.extra, "rejections": rounds})
    if task.view.status == "ready_for_review":
        changed = with_status(changed, "in_progress")
    verdict = "rejected" if rejected else "approved"
    change.set(task, changed, verdict)
    if not task.view.owner:
        return
    if rejected and rounds >= MOST_REVIEWS and lead:
        change.note(lead, f"{handle} was rejected {rounds} times. Decide how it goes on.\n{result}", handle, "high")
    if task.view.status not in TASK_ENDS:
        following = "Mend what was found, then ask again." if rejected else f"Finish {handle} with peer_complete_task."
        text = f"The review of {handle} is done: {verdict}. {following}\n{result_text(review)}"
        change.note(task.view.owner, text, handle, "high")
