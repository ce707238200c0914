"""How signals about the work change the board: tasks, messages, claims, files, cells, decisions, keepers."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.views.agents import Roster
from loomkin_jupyter.views.board import Board, clip, moment
from loomkin_jupyter.views.layout import Placement

DIFF_MOST = 20_000
KEPT_CHANGES = 500


class Work:
    """Everything agents make, on the board."""

    def __init__(self, board: Board, roster: Roster) -> None:
        self._board = board
        self._roster = roster
        self._placement = Placement()
        self._new_nodes: list[str] = []
        self._doubted: set[str] = set()

    # --- tasks -----------------------------------------------------------------------------------------------------

    def task_created(self, signal: s.TaskCreated) -> None:
        self._board.put(
            "tasks", signal.task, handle=signal.task, title=signal.title, description=clip(signal.description),
            status="pending", owner="", priority=signal.priority, depends_on=list(signal.depends_on), result="", run=signal.run,
        )  # fmt: skip
        self._board.feed(
            "plan", f"{signal.task} {signal.title}", time=signal.time, agent=self._roster.key(signal), run=signal.run
        )

    def task_assigned(self, signal: s.TaskAssigned) -> None:
        if self._task(signal.task):
            self._board.put("tasks", signal.task, owner=signal.owner)

    def task_status(self, signal: s.TaskStatusChanged) -> None:
        task = self._task(signal.task)
        if task is None:
            return
        self._board.put("tasks", signal.task, status=signal.status, reason=signal.reason or None)
        owner = task["owner"]
        if owner and signal.status == "in_progress" and self._board.get("agents", owner) is not None:
            self._board.put("agents", owner, task=signal.task)
        if signal.status in ("failed", "blocked"):
            text = f"{signal.task} {task['title']} is {signal.status}" + (f": {signal.reason}" if signal.reason else "")
            self._board.feed("problem", text, time=signal.time, agent=owner, run=signal.run)

    def task_depends(self, signal: s.TaskDependencyAdded) -> None:
        task = self._task(signal.task)
        if task is not None and signal.depends_on not in task["depends_on"]:
            self._board.put("tasks", signal.task, depends_on=[*task["depends_on"], signal.depends_on])

    def task_completed(self, signal: s.TaskCompleted) -> None:
        task = self._task(signal.task)
        if task is None:
            return
        who = task["owner"] or self._roster.key(signal)  # nobody was given it: it is of whoever completed it
        self._board.put("tasks", signal.task, status="completed", owner=who, result=clip(signal.result))
        if task["owner"] and (self._board.get("agents", task["owner"]) or {}).get("task") == signal.task:
            self._board.put("agents", task["owner"], task="")
        text = f"{signal.task} {task['title']}: {signal.result}"
        self._board.feed("result", text, time=signal.time, agent=who, run=signal.run)

    def review_requested(self, signal: s.ReviewRequested) -> None:
        what = signal.task or signal.path
        text = f"asks for a review of {what}" + (f": {signal.question}" if signal.question else "")
        self._board.feed(
            "talk", text, time=signal.time, agent=self._roster.key(signal), to=signal.reviewer, run=signal.run
        )

    # --- messages --------------------------------------------------------------------------------------------------

    def message_sent(self, signal: s.MessageSent) -> None:
        entry: dict[str, Any] = {
            "id": signal.message, "to": signal.to, "sender": signal.sender, "kind": signal.kind,
            **({} if signal.due is None else {"due": signal.due}),
        }  # fmt: skip
        self._board.put("queue", signal.message, **entry, text=clip(signal.text), priority=signal.priority)
        self._roster.queued(signal.to, +1)
        if signal.kind in ("message", "discovery", "guidance", "answer"):
            text = signal.text if signal.due is None else f"(for {moment(signal.due)}) {signal.text}"
            self._board.feed("talk", text, time=signal.time, agent=signal.sender, to=signal.to, run=signal.run)
        if signal.to == "user":
            self._unqueue(signal.message)  # a person has no inbox: the feed is where they read

    def message_consumed(self, signal: s.MessageConsumed) -> None:
        for message in signal.messages:
            self._unqueue(message)

    def queue_edited(self, signal: s.QueueEdited) -> None:
        if signal.change in ("deleted", "squashed"):
            self._unqueue(signal.message)
        elif signal.change == "restored":
            entry = {"id": signal.message, "to": signal.agent, "sender": "user", "kind": "message"}
            self._board.put("queue", signal.message, **entry, text=clip(signal.text), priority="normal")
            self._roster.queued(signal.agent, +1)
        elif signal.change == "edited" and self._board.get("queue", signal.message) is not None:
            self._board.put("queue", signal.message, text=clip(signal.text))

    def discovery(self, signal: s.DiscoveryShared) -> None:
        to = ", ".join(signal.to)
        self._board.feed(
            "talk", signal.content, time=signal.time, agent=self._roster.key(signal), to=to, run=signal.run
        )

    # --- claims, files, cells ------------------------------------------------------------------------------------------

    def claimed(self, signal: s.RegionClaimed) -> None:
        self._board.put(
            "claims", signal.claim, id=signal.claim, path=signal.path, start=signal.start, end=signal.end,
            symbol=signal.symbol, intent=clip(signal.intent, 300), holder=self._roster.key(signal), time=signal.time,
        )  # fmt: skip

    def released(self, signal: s.RegionReleased) -> None:
        self._board.drop("claims", signal.claim)

    def claim_refused(self, signal: s.ClaimRefused) -> None:
        text = f"{signal.path} is held by {signal.holder}: {signal.attempt}"
        self._board.feed("problem", text, time=signal.time, agent=self._roster.key(signal), run=signal.run)

    def file_changed(self, signal: s.FileChanged) -> None:
        before = self._board.get("changes", signal.path) or {"added": 0, "removed": 0}
        kept = {} if before.get("undone") else before
        self._changed_in(signal, before)
        self._board.merge(
            ("changes", signal.path),
            {
                "path": signal.path,
                "added": kept.get("added", 0) + signal.added,
                "removed": kept.get("removed", 0) + signal.removed,
                "by": self._roster.key(signal),
                "diff": clip(signal.diff, DIFF_MOST),
                "undone": False,
                "run": signal.run,
            },
        )
        self._oldest_out("changes", KEPT_CHANGES)

    def _changed_in(self, signal: s.FileChanged, before: dict[str, Any]) -> None:
        """Add a change to what its run's record says; an earlier run keeps the difference that it made itself."""
        earlier = self._board.get("runs", before.get("run", ""), "changes", signal.path)
        if earlier is not None and before["run"] != signal.run:
            self._board.merge(("runs", before["run"], "changes", signal.path), {"diff": before["diff"]})
        if self._board.get("runs", signal.run) is None:
            return
        own = self._board.get("runs", signal.run, "changes", signal.path) or {}
        kept = {} if own.get("undone") else own
        fields = {
            "path": signal.path, "by": self._roster.key(signal), "undone": False, "run": signal.run,
            "added": kept.get("added", 0) + signal.added, "removed": kept.get("removed", 0) + signal.removed,
        }  # fmt: skip
        self._board.merge(("runs", signal.run, "changes", signal.path), fields)

    def change_undone(self, signal: s.ChangeUndone) -> None:
        change = self._board.get("changes", signal.path)
        if change is not None:
            self._board.merge(("changes", signal.path), {"undone": True})
            if self._board.get("runs", change["run"], "changes", signal.path) is not None:
                self._board.merge(("runs", change["run"], "changes", signal.path), {"undone": True})
        self._board.feed("result", f"{signal.path} was put back by {signal.by}", time=signal.time, run=signal.run)

    def proposed(self, signal: s.CellProposed) -> None:
        self._board.put(
            "proposals", signal.proposal, id=signal.proposal, action=signal.action, cell=signal.cell,
            position=signal.position, source=clip(signal.source, DIFF_MOST), before=clip(signal.before, DIFF_MOST),
            reason=clip(signal.reason), by=self._roster.key(signal), run=signal.run,
        )  # fmt: skip
        self._oldest_out("proposals", KEPT_CHANGES)
        text = f"proposes to {signal.action} a cell" + (f": {signal.reason}" if signal.reason else "")
        self._board.feed("result", text, time=signal.time, agent=self._roster.key(signal), run=signal.run)

    # --- decisions and keepers -------------------------------------------------------------------------------------

    def logged(self, signal: s.DecisionLogged) -> None:
        if self._board.get("decisions", "nodes", signal.handle) is None:
            self._new_nodes.append(signal.handle)
        self._board.put(
            "decisions", "nodes", signal.handle, handle=signal.handle, kind=signal.kind, title=signal.title,
            description=clip(signal.description), confidence=signal.confidence, status="active",
            agent=self._roster.key(signal), auto=signal.auto, doubt=signal.handle in self._doubted, run=signal.run, time=signal.time,
            task=signal.task, variables=list(signal.variables), files=list(signal.files), cell=signal.cell,
        )  # fmt: skip
        if not signal.auto:
            text = f"{signal.handle} {signal.kind}: {signal.title}"
            self._board.feed("plan", text, time=signal.time, agent=self._roster.key(signal), run=signal.run)

    def linked(self, signal: s.DecisionLinked) -> None:
        key = f"{signal.source}>{signal.target}:{signal.kind}"
        edge = {
            "source": signal.source,
            "target": signal.target,
            "kind": signal.kind,
            "rationale": clip(signal.rationale),
        }
        self._board.merge(("decisions", "edges", key), edge)
        self._placement.link(signal.source, signal.target)

    def revised(self, signal: s.ConfidenceRevised) -> None:
        self._node(signal.handle, {"confidence": signal.confidence})
        was = "unknown" if signal.was is None else signal.was
        text = f"{signal.handle}: confidence {was} → {signal.confidence}" + (
            f" ({signal.reason})" if signal.reason else ""
        )
        self._board.feed("plan", text, time=signal.time, agent=signal.by or self._roster.key(signal), run=signal.run)

    def decision_status(self, signal: s.DecisionStatusChanged) -> None:
        self._node(signal.handle, {"status": signal.status})

    def doubt_spread(self, signal: s.DoubtSpread) -> None:
        self._doubted.update(signal.flagged)
        for handle in signal.flagged:
            self._node(handle, {"doubt": True})
        if signal.flagged:
            text = f"{signal.handle} is in doubt; so is what rests on it: {', '.join(signal.flagged)}"
            self._board.feed("problem", text, time=signal.time, run=signal.run)

    def doubt_cleared(self, signal: s.DoubtCleared) -> None:
        self._doubted.difference_update(signal.cleared)
        for handle in signal.cleared:
            self._node(handle, {"doubt": False})

    def keeper_created(self, signal: s.KeeperCreated) -> None:
        self._board.put(
            "keepers", signal.keeper, handle=signal.keeper, topic=signal.topic, tokens=signal.tokens, entries=signal.entries,
            origin=signal.origin, agent=self._roster.key(signal), time=signal.time,
        )  # fmt: skip

    def place(self) -> None:
        """Give new nodes of the graph a place; the others stay where they are."""
        if self._new_nodes:
            places = self._placement.add(self._new_nodes)
            self._new_nodes = []
            self._board.merge(("graph", "positions"), {handle: list(place) for handle, place in places.items()})

    def _node(self, handle: str, fields: dict[str, Any]) -> None:
        if self._board.get("decisions", "nodes", handle) is not None:
            self._board.merge(("decisions", "nodes", handle), fields)

    def _task(self, handle: str) -> dict[str, Any] | None:
        return self._board.get("tasks", handle)

    def _unqueue(self, message: str) -> None:
        entry = self._board.get("queue", message)
        if entry is not None:
            self._roster.queued(entry["to"], -1)
            self._board.drop("queue", message)

    def _oldest_out(self, section: str, most: int) -> None:
        entries = self._board.section(section)
        while len(entries) > most:
            self._board.drop(section, next(iter(entries)))
