"""Changing the plan: every change, its signals and the envelopes to those it concerns are one transaction.

The in-memory plan changes only after the commit; a lock keeps changes in order. Who may do what, and what a hand-off
must hold, is enforced here. Owns the plan; never runs a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from loomkin_jupyter.agents.prompt import handoff_text
from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.core.messages import Envelope, Handoff, JsonObject
from loomkin_jupyter.core.ports import Caller, TaskView
from loomkin_jupyter.core.signals import (
    ReviewRequested,
    Signal,
    TaskAssigned,
    TaskCompleted,
    TaskCreated,
    TaskDependencyAdded,
    TaskStatusChanged,
)
from loomkin_jupyter.core.status import TASK_ENDS, TaskStatus
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import tasks as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.plan import Plan, check_handoff, missing_files, with_status
from loomkin_jupyter.teams.roster import Roster

MOST_REVIEWS = 3


@dataclass(slots=True)
class Change:
    """What one transaction will do: tasks to write (with what changed), signals, envelopes."""

    caller: Caller
    tasks: list[tuple[StoredTask, str]] = field(default_factory=list[tuple[StoredTask, str]])
    signals: list[Signal] = field(default_factory=list[Signal])
    envelopes: list[Envelope] = field(default_factory=list[Envelope])

    def scope(self, cause: str = "") -> JsonObject:
        """Return the fields that say where a signal belongs."""
        caller = self.caller
        return {"team": caller.team, "agent": caller.agent, "run": caller.run, "cause": cause or caller.call}


class Tasks:
    """The team's plan (the TasksPort)."""

    def __init__(self, store: Store, root: Path, roster: Roster, comms: Comms) -> None:
        self._store = store
        self._root = root
        self._roster = roster
        self._comms = comms
        self._lock = asyncio.Lock()
        self.plan = Plan()
        self.changed: Callable[[], None] = lambda: None
        self.ended: Callable[[StoredTask], None] = lambda task: None

    async def load(self) -> None:
        """Take the plan from the store."""
        self.plan = Plan(await self._store.read(lambda conn: rows.load(conn, self._roster.team)))

    # --- TasksPort ----------------------------------------------------------------------------------------------------

    async def create(
        self, caller: Caller, title: str, description: str = "", priority: int = 3, depends_on: Sequence[str] = ()
    ) -> TaskView:
        """Add a task without an owner."""
        async with self._lock:
            return await self._create(caller, title, description, priority, depends_on, "")

    async def create_and_assign(
        self, caller: Caller, title: str, description: str, agent: str, priority: int = 3
    ) -> TaskView:
        """Add a task and give it to ``agent``, in one transaction."""
        async with self._lock:
            self._check_agent(agent)
            return await self._create(caller, title, description, priority, (), agent)

    async def assign(self, caller: Caller, handle: str, agent: str) -> TaskView:
        """Give a task to ``agent``; blocked tasks reach it when what they wait for is done."""
        async with self._lock:
            self._check_agent(agent)
            task = self.plan.find(handle)
            change = Change(caller)
            self._give(change, task, agent)
            await self._commit(change, f"{task.view.handle} is {agent}'s now.")
            return self.plan.find(handle).view

    async def complete(self, caller: Caller, handle: str, handoff: Handoff) -> TaskView:
        """End a task with its hand-off; dependents and the one who wanted it are told."""
        async with self._lock:
            task = self.plan.find(handle)
            self._check_may_end(caller, task.view)
            missing = await run_blocking(missing_files, self._root, list(handoff.files_changed))
            check_handoff(handoff, missing)
            change = Change(caller)
            done = with_status(task, "completed", handoff=handoff, owner=task.view.owner or caller.agent)
            self._set(change, task, done, "completed")
            change.signals.append(_completed(change, done.view, handoff))
            self._tell_those_who_wanted(change, done.view, f"is completed. {_handoff(done.view)}")
            reviewed = task.extra.get("reviews")
            if reviewed:
                self._reviewed(change, str(reviewed), done.view)
            self._start_dependents(change, done)
            await self._commit(change, f"{done.view.handle} is completed.")
            self.ended(done)
            return done.view

    async def request_review(self, caller: Caller, handle: str, path: str, question: str) -> str:
        """Ask a reviewer to judge a task or a file; a rejection gives the task back to its owner. Returns the name."""
        async with self._lock:
            task = self.plan.find(handle) if handle else None
            reviewer = self._reviewer(caller, task)
            change = Change(caller)
            extra: JsonObject = {"asked_by": caller.agent}
            what = path or "the work"
            if task is not None:
                what = f"{task.view.handle} ({task.view.title})"
                extra["reviews"] = task.view.handle
                if task.view.status in ("in_progress", "partially_complete"):
                    self._set(change, task, with_status(task, "ready_for_review"), "review asked")
            text = _review_text(what, path, question, task)
            view = TaskView(
                handle="", title=f"Review {what}", description=text, status="assigned", owner=reviewer,
                created_by=caller.agent, run=caller.run,
            )  # fmt: skip
            change.signals.append(
                ReviewRequested(
                    task=task.view.handle if task else "",
                    reviewer=reviewer,
                    question=question,
                    path=path,
                    **change.scope(),
                )
            )
            await self._commit_new(change, view, extra, (), f"{reviewer} was asked to review {what}.")
            return reviewer

    def get(self, handle: str) -> TaskView:
        """Return a task; raises ToolRetry."""
        return self.plan.find(handle).view

    def all(self, run: str = "") -> list[TaskView]:
        """Return every task of a run, or of the team."""
        return [task.view for task in self.plan.tasks.values() if not run or task.view.run == run]

    # --- for the team ---------------------------------------------------------------------------------------------

    async def depend(self, caller: Caller, handle: str, on: str, kind: str = "blocks") -> TaskView:
        """Make a task wait for another; circles are refused with the path."""
        async with self._lock:
            task, other = self.plan.find(handle), self.plan.find(on)
            self.plan.check_dependency(task.view.handle, other.view.handle)
            if other.view.handle in task.view.depends_on:
                raise ToolRetry(f"{task.view.handle} waits for {other.view.handle} already.")
            change = Change(caller)
            view = msgspec.structs.replace(
                task.view,
                depends_on=(*task.view.depends_on, other.view.handle),
                kinds=(*task.view.kinds, kind),
            )
            changed = msgspec.structs.replace(task, view=view)
            if view.status in ("assigned", "in_progress") and self.plan.unmet(view):
                self._set(change, task, with_status(changed, "blocked"), f"waits for {on}")
            else:
                change.tasks.append((changed, f"waits for {on}"))
            change.signals.append(
                TaskDependencyAdded(task=view.handle, depends_on=other.view.handle, kind=kind, **change.scope())
            )
            await self._commit(change, "", also=lambda tx: rows.depend(tx, task.id, other.id, kind, caller.agent))
            return self.plan.find(handle).view

    def task_of(self, agent: str) -> str:
        """Return the task an agent works on: the one it began last, or ''."""
        mine = [t.view for t in self.plan.tasks.values() if t.view.owner == agent and t.view.status == "in_progress"]
        return mine[-1].handle if mine else ""

    def begin(self, tx: Tx, agent: str, handles: Sequence[str], scope: JsonObject) -> None:
        """Note, in the transaction in which an agent reads its assignment, that work begins; ``began`` follows it."""
        for handle in handles:
            task = self.plan.tasks.get(handle)
            if task is not None and task.view.owner == agent and task.view.status in ("assigned", "pending"):
                begun = with_status(task, "in_progress")
                rows.save(tx, begun, agent, "begun")
                tx.emit(_status(begun.view, task.view.status, scope))

    def began(self, agent: str, handles: Sequence[str]) -> None:
        """Take the begun tasks in after the commit."""
        for handle in handles:
            task = self.plan.tasks.get(handle)
            if task is not None and task.view.owner == agent and task.view.status in ("assigned", "pending"):
                self.plan.put(with_status(task, "in_progress"))
        self.changed()

    async def end_all(
        self, caller: Caller, *, owner: str = "", run: str = "", status: TaskStatus, reason: str
    ) -> list[str]:
        """End the open tasks of an agent or a run; the lead hears of those of an agent."""
        async with self._lock:
            change = Change(caller)
            ended: list[StoredTask] = []
            for task in list(self.plan.tasks.values()):
                view = task.view
                mine = view.status in ("assigned", "in_progress", "ready_for_review", "partially_complete", "blocked")
                if (
                    view.status in TASK_ENDS
                    or (run and view.run != run)
                    or (owner and (view.owner != owner or not mine))
                ):
                    continue
                over = with_status(task, status)
                self._set(change, task, over, status, reason)
                ended.append(over)
                if owner:
                    self._tell_those_who_wanted(change, over.view, f"has {status}: {reason}")
            if ended:
                await self._commit(change, "")
            for task in ended:
                self.ended(task)
            return [task.view.handle for task in ended]

    def assignment(self, view: TaskView, plan: Plan | None = None) -> str:
        """Return a task as its owner reads it, with the hand-offs of what it depends on."""
        plan = plan or self.plan
        lines = [f"{view.handle}: {view.title} (priority {view.priority})"]
        if view.description:
            lines.append(view.description)
        lines += [handoff_text(one.handle, one.title, one.handoff) for one in plan.handoffs(view) if one.handoff]
        lines.append(f"Finish it with peer_complete_task(task_id={view.handle!r}, …).")
        return "\n\n".join(lines)

    # --- how ------------------------------------------------------------------------------------------------------

    async def _create(
        self, caller: Caller, title: str, description: str, priority: int, depends_on: Sequence[str], agent: str
    ) -> TaskView:
        if not title.strip():
            raise ToolRetry("`title` is empty; name the task in a few words.")
        if not 1 <= priority <= 5:
            raise ToolRetry(f"`priority` was {priority}; valid is 1 (highest) to 5.")
        waits = [self.plan.find(handle) for handle in dict.fromkeys(depends_on) if handle.strip()]
        view = TaskView(
            handle="", title=title.strip(), description=description.strip(), owner=agent, priority=priority,
            depends_on=tuple(task.view.handle for task in waits), kinds=("blocks",) * len(waits),
            created_by=caller.agent, run=caller.run,
        )  # fmt: skip
        status: TaskStatus = "pending" if not agent else "blocked" if self.plan.unmet(view) else "assigned"
        view = msgspec.structs.replace(view, status=status)
        return await self._commit_new(
            Change(caller), view, {}, waits, "is made" + (f" and given to {agent}" if agent else "")
        )

    async def _commit_new(
        self, change: Change, view: TaskView, extra: JsonObject, waits: Sequence[StoredTask], said: str
    ) -> TaskView:
        """Insert a task with its dependencies, signals and, when it can start, its assignment."""
        made: list[StoredTask] = []
        envelopes: list[Envelope] = []
        caller = change.caller

        def work(tx: Tx) -> None:
            made.clear()
            envelopes.clear()
            new = rows.add(tx, self._roster.team, view, extra)
            made.append(new)
            for task in waits:
                rows.depend(tx, new.id, task.id, "blocks", caller.agent)
            for signal in _created(change, new.view):
                tx.emit(signal)
            if new.view.status == "assigned":
                envelopes.append(self._task_envelope(caller, new.view))
            self._write(tx, change, [*change.envelopes, *envelopes])
            tx.effect(caller.call, f"id: {new.view.handle}\n{new.view.handle} {said}")

        await self._store.transact(work)
        self.plan.put(made[0])
        self._took(change, [*change.envelopes, *envelopes])
        return made[0].view

    async def _commit(self, change: Change, effect: str, also: Callable[[Tx], None] | None = None) -> None:
        def work(tx: Tx) -> None:
            self._write(tx, change, change.envelopes)
            if also is not None:
                also(tx)
            if effect:
                tx.effect(change.caller.call, effect)

        await self._store.transact(work)
        self._took(change, change.envelopes)

    def _write(self, tx: Tx, change: Change, envelopes: Sequence[Envelope]) -> None:
        for task, what in change.tasks:
            rows.save(tx, task, change.caller.agent, what)
        for signal in change.signals:
            tx.emit(signal)
        self._comms.write(tx, envelopes)

    def _took(self, change: Change, envelopes: Sequence[Envelope]) -> None:
        for task, _ in change.tasks:
            self.plan.put(task)
        self._comms.deliver(envelopes)
        self.changed()

    def _set(self, change: Change, was: StoredTask, task: StoredTask, what: str, reason: str = "") -> None:
        change.tasks.append((task, what))
        if was.view.status != task.view.status:
            change.signals.append(_status(task.view, was.view.status, change.scope(), reason))

    def _give(self, change: Change, task: StoredTask, agent: str) -> None:
        """Set the owner; deliver the assignment when nothing keeps the task from starting."""
        status: TaskStatus = "blocked" if self.plan.unmet(task.view) else "assigned"
        given = with_status(task, status, owner=agent)
        self._set(change, task, given, f"assigned to {agent}")
        change.signals.append(TaskAssigned(task=given.view.handle, owner=agent, **change.scope()))
        if task.view.owner and task.view.owner != agent:
            note = f"{task.view.handle} ({task.view.title}) is {agent}'s now; stop working on it."
            change.envelopes.append(self._note(change.caller, task.view.owner, note, task.view.handle, "high"))
        if status == "assigned":
            change.envelopes.append(self._task_envelope(change.caller, given.view))

    def _start_dependents(self, change: Change, done: StoredTask) -> None:
        """Hand the result on: blocked tasks whose last obstacle this was can start now."""
        after = Plan(self.plan.tasks.values())
        after.put(done)
        for task in after.dependents(done.view.handle):
            if task.view.status in TASK_ENDS:
                continue
            if task.view.status == "blocked" and not after.unmet(task.view):
                ready = with_status(task, "assigned" if task.view.owner else "pending")
                self._set(change, task, ready, f"unblocked by {done.view.handle}")
                if ready.view.owner:
                    change.envelopes.append(self._task_envelope(change.caller, ready.view, after))
                    continue
            if task.view.owner:
                change.envelopes.append(
                    self._note(change.caller, task.view.owner, _handoff(done.view), task.view.handle)
                )
            elif not after.unmet(task.view) and self._roster.lead not in ("", change.caller.agent):
                note = f"{task.view.handle} ({task.view.title}) can start now; nobody has it."
                change.envelopes.append(self._note(change.caller, self._roster.lead, note, task.view.handle))

    def _reviewed(self, change: Change, handle: str, review: TaskView) -> None:
        """Give the verdict to the owner of what was reviewed; a rejection puts the task back into work."""
        task = self.plan.find(handle)
        result = review.handoff.result if review.handoff else ""
        rejected = result.lstrip().upper().startswith("REJECT")
        rounds = int(task.extra.get("rejections", 0)) + (1 if rejected else 0)
        changed = msgspec.structs.replace(task, extra={**task.extra, "rejections": rounds})
        if task.view.status == "ready_for_review":
            changed = with_status(changed, "in_progress")
        self._set(change, task, changed, "rejected" if rejected else "approved")
        if not task.view.owner:
            return
        if rejected and rounds >= MOST_REVIEWS and self._roster.lead:
            note = f"{handle} was rejected {rounds} times. Decide how it goes on.\n{result}"
            change.envelopes.append(self._note(change.caller, self._roster.lead, note, handle, "high"))
        next_step = "Mend what was found, then ask again." if rejected else f"Finish {handle} with peer_complete_task."
        verdict = "rejected" if rejected else "approved"
        note = f"The review of {handle} is done: {verdict}. {next_step}\n{_handoff(review)}"
        if task.view.status not in TASK_ENDS:
            change.envelopes.append(self._note(change.caller, task.view.owner, note, handle, "high"))

    def _tell_those_who_wanted(self, change: Change, view: TaskView, said: str) -> None:
        """Tell the one who made the task and the lead, but not the one who speaks."""
        for name in dict.fromkeys((view.created_by, self._roster.lead)):
            if name and name != change.caller.agent and name in self._roster.agents:
                text = f"{view.handle} ({view.title}) {said}"
                change.envelopes.append(self._note(change.caller, name, text, view.handle))

    def _note(self, caller: Caller, to: str, text: str, task: str, priority: str = "normal") -> Envelope:
        return self._comms.envelope(
            to, text, sender=caller.agent or "loomkin", kind="notice", priority=priority,  # type: ignore[arg-type]
            task=task, run=caller.run,
        )  # fmt: skip

    def _task_envelope(self, caller: Caller, view: TaskView, plan: Plan | None = None) -> Envelope:
        text = self.assignment(view, plan)
        return self._comms.envelope(
            view.owner, text, sender=caller.agent or "loomkin", kind="task", task=view.handle,
            priority="high" if view.priority <= 2 else "normal", run=view.run or caller.run,
        )  # fmt: skip

    def _check_agent(self, agent: str) -> None:
        if not self._roster.alive(agent):
            names = [one.name for one in self._roster.living()]
            state = f" (it is {self._roster.agents[agent].state.status})" if agent in self._roster.agents else ""
            raise ToolRetry(
                f"There is no working agent {agent!r}{state}.{nearest(agent, names)} Agents: {', '.join(names)}. "
                "team_spawn makes more."
            )

    def _check_may_end(self, caller: Caller, view: TaskView) -> None:
        leads = caller.agent == self._roster.lead or caller.role in ("lead", "concierge")
        if view.status in TASK_ENDS:
            raise ToolFailed(f"{view.handle} is {view.status} already; its result stays as it is.")
        if view.owner and caller.agent != view.owner and not leads:
            raise ToolFailed(f"{view.handle} belongs to {view.owner}; only {view.owner} or the lead may complete it.")
        if not view.owner and caller.agent != view.created_by and not leads:
            raise ToolFailed(f"{view.handle} belongs to nobody; the lead assigns it with team_assign first.")
        unmet = self.plan.unmet(view)
        if unmet:
            raise ToolFailed(f"{view.handle} waits for {', '.join(unmet)}; complete that first.")

    def _reviewer(self, caller: Caller, task: StoredTask | None) -> str:
        author = task.view.owner if task else caller.agent
        living = [a for a in self._roster.living() if a.name not in (caller.agent, author)]
        reviewers = [a for a in living if a.own_role.name == "reviewer"] or [a for a in living if a.spec.lead]
        if not reviewers:
            raise ToolFailed(
                "There is nobody to review it: no reviewer and no lead besides you. team_spawn makes a reviewer."
            )
        return min(reviewers, key=lambda a: (a.state.status != "idle", len(a.inbox))).name


def _handoff(view: TaskView) -> str:
    return handoff_text(view.handle, view.title, view.handoff) if view.handoff else ""


def _created(change: Change, view: TaskView) -> list[Signal]:
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
        signals.append(_status(view, "pending", scope))
    return signals


def _completed(change: Change, view: TaskView, handoff: Handoff) -> TaskCompleted:
    return TaskCompleted(
        task=view.handle, result=handoff.result, actions_taken=list(handoff.actions_taken),
        discoveries=list(handoff.discoveries), files_changed=list(handoff.files_changed),
        decisions_made=list(handoff.decisions_made), open_questions=list(handoff.open_questions), **change.scope(),
    )  # fmt: skip


def _status(view: TaskView, was: str, scope: JsonObject, reason: str = "") -> TaskStatusChanged:
    return TaskStatusChanged(task=view.handle, status=view.status, was=was, reason=reason, **scope)


def _review_text(what: str, path: str, question: str, task: StoredTask | None) -> str:
    lines = [f"Judge {what}."]
    if path:
        lines.append(f"File: {path}")
    if task is not None and task.view.description:
        lines.append(f"What was asked: {task.view.description}")
    if question:
        lines.append(f"Question: {question}")
    lines.append("Begin your result with APPROVED or REJECTED, then the findings.")
    return "\n".join(lines)
