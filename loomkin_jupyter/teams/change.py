"""One change of the plan, gathered before its transaction: tasks to write, signals, envelopes. Commits nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from loomkin_jupyter.agents.prompt import handoff_text
from loomkin_jupyter.core.messages import Envelope, Handoff, JsonObject, Priority
from loomkin_jupyter.core.ports import Caller, TaskView
from loomkin_jupyter.core.signals import (
    Signal,
    TaskAssigned,
    TaskCompleted,
    TaskCreated,
    TaskDependencyAdded,
    TaskStatusChanged,
)
from loomkin_jupyter.store import tasks as rows
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.comms import Comms


@dataclass(slots=True)
class Change:
    """What one transaction will do: tasks to write (with what changed), signals, envelopes."""

    caller: Caller
    comms: Comms
    tasks: list[tuple[StoredTask, str]] = field(default_factory=list[tuple[StoredTask, str]])
    signals: list[Signal] = field(default_factory=list[Signal])
    envelopes: list[Envelope] = field(default_factory=list[Envelope])

    def scope(self, cause: str = "") -> JsonObject:
        """Return the fields that say where a signal belongs."""
        caller = self.caller
        return {"team": caller.team, "agent": caller.agent, "run": caller.run, "cause": cause or caller.call}

    def set(self, was: StoredTask, task: StoredTask, what: str, reason: str = "") -> None:
        """Write ``task`` in the place of ``was``; a new status is told."""
        self.tasks.append((task, what))
        if was.view.status != task.view.status:
            self.signals.append(status_changed(task.view, was.view.status, self.scope(), reason))

    def note(self, to: str, text: str, task: str, priority: Priority = "normal") -> None:
        """Tell ``to`` something about a task."""
        self.envelopes.append(
            self.comms.envelope(
                to, text, sender=self.caller.agent or "loomkin", kind="notice", priority=priority, task=task,
                run=self.caller.run,
            )
        )  # fmt: skip

    def hand_over(self, view: TaskView, text: str) -> None:
        """Send a task to its owner."""
        self.envelopes.append(self.assignment(view, text))

    def assignment(self, view: TaskView, text: str) -> Envelope:
        """Return a task on its way to its owner; priority 1 and 2 come before other messages."""
        return self.comms.envelope(
            view.owner, text, sender=self.caller.agent or "loomkin", kind="task", task=view.handle,
            priority="high" if view.priority <= 2 else "normal", run=view.run or self.caller.run,
        )  # fmt: skip

    def write(self, tx: Tx, *more: Envelope) -> None:
        """Write everything gathered, and ``more`` envelopes."""
        for task, what in self.tasks:
            rows.save(tx, task, self.caller.agent, what)
        for signal in self.signals:
            tx.emit(signal)
        self.comms.write(tx, [*self.envelopes, *more])


def status_changed(view: TaskView, was: str, scope: JsonObject, reason: str = "") -> TaskStatusChanged:
    """Return the signal of a task's new status."""
    return TaskStatusChanged(task=view.handle, status=view.status, was=was, reason=reason, **scope)


def created(change: Change, view: TaskView) -> list[Signal]:
    """Return the signals of a new task: that it is there, what it waits for, whose it is."""
    scope = change.scope()
    signals: list[Signal] = [
        TaskCreated(
            task=view.handle, title=view.title, description=view.description, priority=view.priority,
            depends_on=list(view.depends_on), **scope,
        )
    ]  # fmt: skip
    signals += [
        TaskDependencyAdded(task=view.handle, depends_on=on, kind=kind, **scope)
        for on, kind in zip(view.depends_on, view.kinds, strict=True)
    ]
    if view.owner:
        signals.append(TaskAssigned(task=view.handle, owner=view.owner, **scope))
    if view.status != "pending":
        signals.append(status_changed(view, "pending", scope))
    return signals


def completed(change: Change, view: TaskView, handoff: Handoff) -> TaskCompleted:
    """Return the signal of a completed task."""
    return TaskCompleted(
        task=view.handle, result=handoff.result, actions_taken=list(handoff.actions_taken),
        discoveries=list(handoff.discoveries), files_changed=list(handoff.files_changed),
        decisions_made=list(handoff.decisions_made), open_questions=list(handoff.open_questions), **change.scope(),
    )  # fmt: skip


def result_text(view: TaskView) -> str:
    """Return a task's hand-off as text, '' when it has none."""
    return handoff_text(view.handle, view.title, view.handoff) if view.handoff else ""
