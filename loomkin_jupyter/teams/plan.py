"""The plan as pure data: tasks, what they wait for, legal transitions, cycles. No I/O; ``tasks.py`` keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.core.ports import TaskView
from loomkin_jupyter.core.status import TASK_ENDS, TaskStatus
from loomkin_jupyter.store.tasks import StoredTask

LEAST_RESULT = 20
_HANDLE = re.compile(r"[Tt]\d+\.?")
_OPEN_ENDS = frozenset({"failed", "discarded"})
TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"assigned", "blocked", "in_progress", "speculative", *_OPEN_ENDS, "completed"}),
    "assigned": frozenset({"in_progress", "blocked", "pending", "completed", *_OPEN_ENDS}),
    "in_progress": frozenset(
        {"assigned", "blocked", "ready_for_review", "partially_complete", "completed", *_OPEN_ENDS}
    ),
    "blocked": frozenset({"pending", "assigned", "in_progress", "speculative", *_OPEN_ENDS}),
    "ready_for_review": frozenset({"in_progress", "assigned", "completed", *_OPEN_ENDS}),
    "partially_complete": frozenset({"in_progress", "assigned", "completed", *_OPEN_ENDS}),
    "speculative": frozenset({"tentative", "pending", *_OPEN_ENDS}),
    "tentative": frozenset({"completed", "pending", "discarded"}),
    "completed": frozenset(),
    "failed": frozenset({"assigned", "pending"}),
    "discarded": frozenset(),
}


def check_task_transition(handle: str, was: TaskStatus, to: TaskStatus) -> None:
    """Raise ToolFailed unless the table allows ``was`` → ``to`` (a status may stay itself)."""
    if was != to and to not in TRANSITIONS[was]:
        allowed = ", ".join(sorted(TRANSITIONS[was])) or "nothing: it has ended"
        raise ToolFailed(f"{handle} is {was} and cannot become {to}. From there it may become: {allowed}.")


class Plan:
    """The tasks of a team by handle, in the order in which they were made."""

    def __init__(self, tasks: Iterable[StoredTask] = ()) -> None:
        self.tasks: dict[str, StoredTask] = {task.view.handle: task for task in tasks}

    def put(self, task: StoredTask) -> None:
        """Take a committed task in, new or changed."""
        self.tasks[task.view.handle] = task

    def find(self, handle: str) -> StoredTask:
        """Return the task; raises ToolRetry with the nearest handles."""
        task = self.tasks.get(handle.strip().upper().rstrip("."))
        if task is None:
            known = ", ".join(self.tasks) or "none yet"
            raise ToolRetry(f"There is no task {handle!r}.{nearest(handle, self.tasks)} Tasks: {known}.")
        return task

    def named(self, title: str, run: str) -> StoredTask | None:
        """Return the task that an assignment means: by its handle, or an open one of ``run`` that nobody has, by its title.

        :raises ToolRetry: for a handle that no task has.
        """
        if _HANDLE.fullmatch(title.strip()):
            return self.find(title)
        wanted = title.strip()
        for task in self.tasks.values():
            view = task.view
            if view.title == wanted and view.run == run and not view.owner and view.status not in TASK_ENDS:
                return task
        return None

    def unmet(self, view: TaskView) -> list[str]:
        """Return the handles that keep a task from starting; ``informs`` never does."""
        return [
            handle
            for handle, kind in zip(view.depends_on, view.kinds, strict=True)
            if handle in self.tasks and not _satisfied(self.tasks[handle].view.status, kind)
        ]

    def dependents(self, handle: str) -> list[StoredTask]:
        """Return the tasks that name ``handle`` as something they depend on."""
        return [task for task in self.tasks.values() if handle in task.view.depends_on]

    def path(self, start: str, goal: str) -> list[str]:
        """Return the chain of dependencies from ``start`` to ``goal``, [] when there is none."""
        waiting, seen = [[start]], {start}
        while waiting:
            chain = waiting.pop(0)
            if chain[-1] == goal:
                return chain
            task = self.tasks.get(chain[-1])
            for following in task.view.depends_on if task else ():
                if following not in seen:
                    seen.add(following)
                    waiting.append([*chain, following])
        return []

    def check_dependency(self, task: str, on: str) -> None:
        """Raise ToolRetry when ``task`` waiting for ``on`` would make a circle; names the path."""
        chain = self.path(on, task)
        if chain:
            raise ToolRetry(f"{task} cannot wait for {on}: that is a circle ({' → '.join([task, *chain])}).")

    def open(self, run: str = "") -> list[TaskView]:
        """Return the tasks that have not ended, of one run or of all."""
        return [
            task.view
            for task in self.tasks.values()
            if task.view.status not in TASK_ENDS and (not run or task.view.run == run)
        ]

    def handoffs(self, view: TaskView) -> list[TaskView]:
        """Return the completed tasks that a task depends on."""
        found = [self.tasks[handle].view for handle in view.depends_on if handle in self.tasks]
        return [one for one in found if one.handoff is not None]


def _satisfied(status: TaskStatus, kind: str) -> bool:
    if kind == "informs":
        return True
    return status == "completed" or (kind == "requires_output" and status == "partially_complete")


def check_handoff(handoff: Handoff, missing: Sequence[str]) -> None:
    """Raise ToolRetry that names everything a hand-off lacks; ``missing`` are files that do not exist."""
    wrong: list[str] = []
    if len(handoff.result.strip()) <= LEAST_RESULT:
        wrong.append(
            f"`result` has {len(handoff.result.strip())} characters; say what came out in more than {LEAST_RESULT}."
        )
    lists = (
        handoff.actions_taken, handoff.discoveries, handoff.files_changed, handoff.decisions_made, handoff.open_questions,
    )  # fmt: skip
    if not any(any(item.strip() for item in items) for items in lists):
        wrong.append(
            "All lists are empty; fill at least one of actions_taken, discoveries, files_changed, decisions_made, "
            "open_questions."
        )
    if missing:
        wrong.append(f"`files_changed` names files that do not exist: {', '.join(missing)}. Correct the paths.")
    if wrong:
        raise ToolRetry(" ".join(wrong))


def missing_files(root: Path, paths: Iterable[str]) -> list[str]:
    """Return the paths (relative to the project) that do not exist. Touches the disk: call it on a worker thread."""
    return [path for path in paths if path.strip() and not (root / path.strip()).exists()]


def with_status(task: StoredTask, status: TaskStatus, **changes: object) -> StoredTask:
    """Return the task in another status; raises ToolFailed when the table does not allow it."""
    check_task_transition(task.view.handle, task.view.status, status)
    view = msgspec.structs.replace(task.view, status=status, **changes)
    return msgspec.structs.replace(task, view=view)


def reworded(task: StoredTask, description: str, priority: int | None) -> StoredTask:
    """Return the task with what its assignment adds: more words, another priority; raises ToolRetry."""
    if priority is not None and not 1 <= priority <= 5:
        raise ToolRetry(f"`priority` was {priority}; valid is 1 (highest) to 5.")
    known, said = task.view.description, description.strip()
    if said and said not in known:
        known = f"{known}\n\n{said}" if known else said
    view = msgspec.structs.replace(
        task.view, description=known, priority=task.view.priority if priority is None else priority
    )
    return msgspec.structs.replace(task, view=view)
