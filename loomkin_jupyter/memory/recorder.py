"""Logs by itself what happens anyway: runs, who joins and fails, tasks, changed files, commits. Never logs a read.

In order, batched, and hidden by default. Listens to signals and writes through the graph from a task of its own, so that nobody waits for it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence

from loomkin_jupyter.core.errors import StoreError, ToolFailed
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.signals import (
    AgentSpawned,
    AgentStatusChanged,
    FileChanged,
    RunFinished,
    RunStarted,
    Signal,
    TaskCompleted,
    TaskCreated,
    TaskStatusChanged,
    ToolFinished,
    ToolStarted,
    type_of,
)
from loomkin_jupyter.memory.graph.draft import placeholder
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.graph.leaves import Leaf
from loomkin_jupyter.memory.graph.model import Node

TYPES: frozenset[str] = frozenset(
    {"run.started", "run.finished", "task.created", "task.completed", "task.status_changed", "tool.file_changed"}
    | {"agent.spawned", "agent.status_changed", "tool.started", "tool.finished"}
)
_MOST_TITLE = 160
_MOST_TOGETHER = 100
_COMMITTED = re.compile(r"\[[^\]\n]* (?P<commit>[0-9a-f]{7,40})\] (?P<subject>[^\n]+)")
"""What git says when it has made a commit."""


class Recorder:
    """Give every signal to ``hear``; ``settle`` waits until all heard so far are logged."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._heard: deque[Signal] = deque()
        self._goals: dict[str, Leaf] = {}
        self._tasks: dict[str, Leaf] = {}
        self._files: set[tuple[str, str]] = set()
        self._committing: set[str] = set()
        self._work: asyncio.Task[None] | None = None
        self.logged = self.lost = 0

    def hear(self, signal: Signal) -> None:
        """Take note of a signal (on the loop; never waits)."""
        if type_of(signal) not in TYPES or not self._matters(signal):
            return
        self._heard.append(signal)
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._drain(), name="loomkin-recorder")

    def _matters(self, signal: Signal) -> bool:
        """Return whether a signal is worth a node: of tool calls only those that may have made a commit."""
        if isinstance(signal, ToolStarted):
            if signal.tool in ("git", "shell") and "commit" in signal.arguments:
                self._committing.add(signal.call)
            return False
        if isinstance(signal, ToolFinished):
            made = signal.call in self._committing and signal.status == "ok"
            self._committing.discard(signal.call)
            return made
        if isinstance(signal, AgentStatusChanged):
            return signal.status == "failed"
        return not (isinstance(signal, AgentSpawned) and signal.lead)

    async def settle(self) -> None:
        """Wait until everything heard so far is logged."""
        while self._work is not None and not self._work.done():
            await asyncio.shield(self._work)

    def goal_of(self, run: str) -> str:
        """Return the handle of a run's goal, or ''."""
        goal = self._goal(run)
        return goal.handle if isinstance(goal, Leaf) else goal

    def statistics(self) -> Mapping[str, int]:
        """Return what was logged, and what could not be."""
        return {"logged": self.logged, "lost": self.lost, "waiting": len(self._heard)}

    async def _drain(self) -> None:
        while self._heard:
            # What waits shares a transaction; meanwhile the next batch gathers.
            signals = [self._heard.popleft() for _ in range(min(len(self._heard), _MOST_TOGETHER))]
            leaves = [leaf for signal in signals if (leaf := self._leaf(signal)) is not None]
            if leaves:
                await self._write(leaves)

    async def _write(self, leaves: list[Leaf]) -> None:
        try:
            await self._graph.log_leaves(leaves)
            self.logged += len(leaves)
        except (ToolFailed, StoreError):
            if len(leaves) > 1:
                # One that cannot be logged takes nothing else with it.
                for leaf in leaves:
                    await self._write([leaf])
                return
            # What cannot be logged is still in the journal; the count says so in statistics().
            self.lost += 1

    def _leaf(self, signal: Signal) -> Leaf | None:
        """Return the node that a signal is worth, with its place in the graph."""
        if isinstance(signal, RunStarted):
            goal = self._goals[signal.run] = _made(signal, "goal", signal.request, cell=signal.cell)
            return goal
        if isinstance(signal, RunFinished):
            return _made(
                signal, "outcome", _because(signal.status, signal.answer or signal.reason), self._goal(signal.run)
            )
        if isinstance(signal, TaskCreated):
            task = _made(
                signal, "action", f"Task {signal.task}: {signal.title}", self._goal(signal.run), task=signal.task
            )
            self._tasks[signal.task] = task
            return task
        if isinstance(signal, TaskCompleted):
            text = f"Task {signal.task} done: {signal.result}"
            return _made(signal, "outcome", text, self._task(signal.task), task=signal.task, files=signal.files_changed)
        if isinstance(signal, TaskStatusChanged):
            if signal.status not in ("failed", "discarded"):
                return None
            text = _because(f"Task {signal.task} {signal.status}", signal.reason)
            return _made(signal, "outcome", text, self._task(signal.task), task=signal.task)
        if isinstance(signal, FileChanged):
            return self._file(signal)
        return self._of_agent(signal)

    def _of_agent(self, signal: Signal) -> Leaf | None:
        """Return who joins, who is given up, or what somebody committed."""
        goal = self._goal(signal.run)
        if isinstance(signal, AgentSpawned):
            return _made(signal, "action", f"{signal.agent} ({signal.role}) joined the team", goal)
        if isinstance(signal, AgentStatusChanged):
            return _made(signal, "outcome", _because(f"{signal.agent} failed", signal.reason), goal)
        if isinstance(signal, ToolFinished) and (made := _COMMITTED.search(signal.summary)):
            return _made(signal, "action", f"{signal.agent} committed {made['commit']}: {made['subject']}", goal)
        return None

    def _file(self, signal: FileChanged) -> Leaf | None:
        """Return the first change of a file in a run; many edits of one file are one action."""
        key = (signal.run, signal.path)
        if key in self._files:
            return None
        self._files.add(key)
        text = f"{signal.agent or 'somebody'} changed {signal.path}"
        return _made(signal, "action", text, self._goal(signal.run), files=[signal.path])

    def _goal(self, run: str) -> str | Leaf:
        return self._goals.get(run) or next(
            (node.handle for node in self._graph.nodes() if node.auto and node.kind == "goal" and node.run == run), ""
        )

    def _task(self, task: str) -> str | Leaf:
        return self._tasks.get(task) or next(
            (node.handle for node in self._graph.nodes() if node.auto and node.kind == "action" and node.task == task),
            "",
        )


def _because(what: str, why: str) -> str:
    return f"{what}: {why}".rstrip(": ")


def _made(
    signal: Signal,
    kind: str,
    text: str,
    parent: str | Leaf = "",
    *,
    task: str = "",
    files: Sequence[str] = (),
    cell: str = "",
) -> Leaf:
    title = " ".join(text.split()) or kind
    short = title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…"
    node = Node(
        id=new_id("dec"), handle=placeholder(0), kind=kind, title=short,
        description=text.strip() if short != title else "", auto=True, task=task, files=tuple(files), cell=cell,
        team=signal.team, agent=signal.agent, run=signal.run,
    )  # fmt: skip
    return Leaf(node, parent, {"team": signal.team, "agent": signal.agent, "run": signal.run, "cause": signal.id})
