"""Changing the plan: every change, its signals and the envelopes to those it concerns are one transaction.

The in-memory plan changes only after the commit; a lock keeps changes in order. Who may do what, and what a hand-off
must hold, is enforced here. Owns the plan; never runs a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from loomkin_jupyter.agents.prompt import handoff_text
from loomkin_jupyter.core.errors import ToolFailed, ToolRetry, nearest
from loomkin_jupyter.core.messages import Envelope, Handoff, JsonObject
from loomkin_jupyter.core.ports import Caller, TaskView
from loomkin_jupyter.core.signals import ReviewRequested, TaskAssigned, TaskDependencyAdded
from loomkin_jupyter.core.status import TASK_ENDS, TaskStatus
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store import tasks as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.change import Change, completed, created, result_text, status_changed
from loomkin_jupyter.teams.comms import Comms
from loomkin_jupyter.teams.plan import Plan, check_handoff, missing_files, reworded, with_status
from loomkin_jupyter.teams.reviews import apply_verdict, choose_reviewer, review_text
from loomkin_jupyter.teams.roster import Roster


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
        self, caller: Caller, title: str, description: str, agent: str, priority: int | None = None
    ) -> TaskView:
        """Give ``agent`` the task that ``title`` names, or a new one of that title, in one transaction.

        A handle names its task, a title one of this run that nobody has: what waits for it keeps waiting for it.
        """
        async with self._lock:
            self._check_agent(agent)
            named = self.plan.named(title, caller.run)
            if named is None:
                return await self._create(caller, title, description, 3 if priority is None else priority, (), agent)
            return await self._assign(caller, reworded(named, description, priority), agent)

    async def assign(self, caller: Caller, handle: str, agent: str) -> TaskView:
        """Give a task to ``agent``; blocked tasks reach it when what they wait for is done."""
        async with self._lock:
            self._check_agent(agent)
            return await self._assign(caller, self.plan.find(handle), agent)

    async def complete(self, caller: Caller, handle: str, handoff: Handoff) -> TaskView:
        """End a task with its hand-off; dependents and the one who wanted it are told."""
        async with self._lock:
            task = self.plan.find(handle)
            self._check_may_end(caller, task.view)
            missing = await run_blocking(missing_files, self._root, list(handoff.files_changed))
            check_handoff(handoff, missing)
            change = Change(caller, self._comms)
            done = with_status(task, "completed", handoff=handoff, owner=task.view.owner or caller.agent)
            change.set(task, done, "completed")
            change.signals.append(completed(change, done.view, handoff))
            self._tell_those_who_wanted(change, done.view, f"is completed. {result_text(done.view)}")
            reviewed = task.extra.get("reviews")
            if reviewed:
                apply_verdict(change, self.plan.find(str(reviewed)), done.view, self._roster.lead)
            self._start_dependents(change, done)
            await self._commit(change, f"{done.view.handle} is completed.")
            self.ended(done)
            return done.view

    async def request_review(self, caller: Caller, handle: str, path: str, question: str) -> str:
        """Ask a reviewer to judge a task or a file; a rejection gives the task back to its owner. Returns the name."""
        async with self._lock:
            task = self.plan.find(handle) if handle else None
            reviewer = choose_reviewer(self._roster, caller, task)
            change = Change(caller, self._comms)
            extra: JsonObject = {"asked_by": caller.agent}
            what = path or "the work"
            if task is not None:
                what = f"{task.view.handle} ({task.view.title})"
                extra["reviews"] = task.view.handle
                if task.view.status in ("in_progress", "partially_complete"):
                    change.set(task, with_status(task, "ready_for_review"), "review asked")
            text = review_text(what, path, question, task)
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
            change = Change(caller, self._comms)
            view = msgspec.structs.replace(
                task.view,
                depends_on=(*task.view.depends_on, other.view.handle),
                kinds=(*task.view.kinds, kind),
            )
            changed = msgspec.structs.replace(task, view=view)
            if view.status in ("assigned", "in_progress") and self.plan.unmet(view):
                change.set(task, with_status(changed, "blocked"), f"waits for {on}")
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
                tx.emit(status_changed(begun.view, task.view.status, scope))

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
            change = Change(caller, self._comms)
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
                change.set(task, over, status, reason)
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

    async def _assign(self, caller: Caller, task: StoredTask, agent: str) -> TaskView:
        handle = task.view.handle
        if caller.run and task.view.run != caller.run:
            # Left by an earlier run: it belongs to the one that takes it up, which waits for it and pays for it.
            task = msgspec.structs.replace(task, view=msgspec.structs.replace(task.view, run=caller.run))
        change = Change(caller, self._comms)
        self._give(change, task, agent)
        await self._commit(change, f"id: {handle}\n{handle} is {agent}'s now.")
        return self.plan.find(handle).view

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
            Change(caller, self._comms), view, {}, waits, "is made" + (f" and given to {agent}" if agent else "")
        )

    async def _commit_new(
        self, change: Change, view: TaskView, extra: JsonObject, waits: Sequence[StoredTask], said: str
    ) -> TaskView:
        """Insert a task with its dependencies, signals and, when it can start, its assignment."""
        made: list[StoredTask] = []
        first: list[Envelope] = []
        caller = change.caller

        def work(tx: Tx) -> None:
            made.clear()
            first.clear()
            new = rows.add(tx, self._roster.team, view, extra)
            made.append(new)
            for task in waits:
                rows.depend(tx, new.id, task.id, "blocks", caller.agent)
            for signal in created(change, new.view):
                tx.emit(signal)
            if new.view.status == "assigned":
                first.append(change.assignment(new.view, self.assignment(new.view)))
            change.write(tx, *first)
            tx.effect(caller.call, f"id: {new.view.handle}\n{new.view.handle} {said}")

        async def commit() -> TaskView:
            await self._store.transact(work)
            change.tasks.append((made[0], "created"))
            change.envelopes += first
            self._took(change)
            return made[0].view

        return await uninterrupted(commit())

    async def _commit(self, change: Change, effect: str, also: Callable[[Tx], None] | None = None) -> None:
        def work(tx: Tx) -> None:
            change.write(tx)
            if also is not None:
                also(tx)
            if effect:
                tx.effect(change.caller.call, effect)

        async def commit() -> None:
            await self._store.transact(work)
            self._took(change)

        await uninterrupted(commit())

    def _took(self, change: Change) -> None:
        """Follow a commit: the plan in memory, the inboxes, whoever watches."""
        for task, _ in change.tasks:
            self.plan.put(task)
        self._comms.deliver(change.envelopes)
        self.changed()

    def _give(self, change: Change, task: StoredTask, agent: str) -> None:
        """Set the owner; deliver the assignment when nothing keeps the task from starting."""
        status: TaskStatus = "blocked" if self.plan.unmet(task.view) else "assigned"
        given = with_status(task, status, owner=agent)
        change.set(task, given, f"assigned to {agent}")
        change.signals.append(TaskAssigned(task=given.view.handle, owner=agent, **change.scope()))
        if task.view.owner and task.view.owner != agent:
            note = f"{task.view.handle} ({task.view.title}) is {agent}'s now; stop working on it."
            change.note(task.view.owner, note, task.view.handle, "high")
        if status == "assigned":
            change.hand_over(given.view, self.assignment(given.view))

    def _start_dependents(self, change: Change, done: StoredTask) -> None:
        """Hand the result on: blocked tasks whose last obstacle this was can start now."""
        after = Plan(self.plan.tasks.values())
        after.put(done)
        for task in after.dependents(done.view.handle):
            if task.view.status in TASK_ENDS:
                continue
            if task.view.status == "blocked" and not after.unmet(task.view):
                ready = with_status(task, "assigned" if task.view.owner else "pending")
                change.set(task, ready, f"unblocked by {done.view.handle}")
                if ready.view.owner:
                    change.hand_over(ready.view, self.assignment(ready.view, after))
                    continue
            if task.view.owner:
                change.note(task.view.owner, result_text(done.view), task.view.handle)
            elif not after.unmet(task.view) and self._roster.lead not in ("", change.caller.agent):
                note = f"{task.view.handle} ({task.view.title}) can start now; nobody has it."
                change.note(self._roster.lead, note, task.view.handle)

    def _tell_those_who_wanted(self, change: Change, view: TaskView, said: str) -> None:
        """Tell the one who made the task and the lead, but not the one who speaks."""
        for name in dict.fromkeys((view.created_by, self._roster.lead)):
            if name and name != change.caller.agent and name in self._roster.agents:
                text = f"{view.handle} ({view.title}) {said}"
                change.note(name, text, view.handle)

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
