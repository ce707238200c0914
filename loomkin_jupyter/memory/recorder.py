"""Logs by itself what happens anyway: runs, who joins and fails, tasks, changed files, commits. Never logs a read.

In order, batched, and hidden by default. Listens to signals and writes through the graph from a task of its own, so that nobody waits for it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping

from loomkin_jupyter.core.errors import StoreError, ToolFailed
from loomkin_jupyter.core.ports import Caller
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
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.graph.model import Node

TYPES: frozenset[str] = frozenset(
    {"run.started", "run.finished", "task.created", "task.completed", "task.status_changed", "tool.file_changed"}
    | {"agent.spawned", "agent.status_changed", "tool.started", "tool.finished"}
)
_MOST_TITLE = 160
_COMMITTED = re.compile(r"\[[^\]\n]* (?P<commit>[0-9a-f]{7,40})\] (?P<subject>[^\n]+)")
"""What git says when it has made a commit."""


class Recorder:
    """Give every signal to ``hear``; ``settle`` waits until all heard so far are logged."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._heard: deque[Signal] = deque()
        self._goals: dict[str, str] = {}
        self._tasks: dict[str, str] = {}
        self._files: dict[tuple[str, str], str] = {}
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
        return self._goals.get(run) or next(
            (node.handle for node in self._graph.nodes() if node.auto and node.kind == "goal" and node.run == run), ""
        )

    def statistics(self) -> Mapping[str, int]:
        """Return what was logged, and what could not be."""
        return {"logged": self.logged, "lost": self.lost, "waiting": len(self._heard)}

    async def _drain(self) -> None:
        while self._heard:
            signal = self._heard.popleft()
            try:
                await self._log(signal)
            except (ToolFailed, StoreError):
                # What cannot be logged is still in the journal; the count says so in statistics().
                self.lost += 1

    async def _log(self, signal: Signal) -> None:
        if isinstance(signal, RunStarted):
            node = await self._put(signal, "goal", signal.request, cell=signal.cell)
            self._goals[signal.run] = node.handle
        elif isinstance(signal, RunFinished):
            text = f"{signal.status}: {signal.answer or signal.reason}".rstrip(": ")
            await self._put(signal, "outcome", text, parent=self.goal_of(signal.run))
        elif isinstance(signal, TaskCreated):
            node = await self._put(
                signal,
                "action",
                f"Task {signal.task}: {signal.title}",
                parent=self.goal_of(signal.run),
                task=signal.task,
            )
            self._tasks[signal.task] = node.handle
        elif isinstance(signal, TaskCompleted):
            text = f"Task {signal.task} done: {signal.result}"
            await self._put(
                signal, "outcome", text, parent=self._task(signal.task), task=signal.task, files=signal.files_changed
            )
        elif isinstance(signal, TaskStatusChanged):
            if signal.status in ("failed", "discarded"):
                text = f"Task {signal.task} {signal.status}: {signal.reason}".rstrip(": ")
                await self._put(signal, "outcome", text, parent=self._task(signal.task), task=signal.task)
        elif isinstance(signal, FileChanged):
            await self._file(signal)
        else:
            await self._of_agent(signal)

    async def _of_agent(self, signal: Signal) -> None:
        """Log who joins, who is given up, and what somebody committed."""
        goal = self.goal_of(signal.run)
        if isinstance(signal, AgentSpawned):
            await self._put(signal, "action", f"{signal.agent} ({signal.role}) joined the team", parent=goal)
        elif isinstance(signal, AgentStatusChanged):
            await self._put(signal, "outcome", f"{signal.agent} failed: {signal.reason}".rstrip(": "), parent=goal)
        elif isinstance(signal, ToolFinished) and (made := _COMMITTED.search(signal.summary)):
            text = f"{signal.agent} committed {made['commit']}: {made['subject']}"
            await self._put(signal, "action", text, parent=goal)

    async def _file(self, signal: FileChanged) -> None:
        """Log the first change of a file in a run; many edits of one file are one action."""
        key = (signal.run, signal.path)
        if key not in self._files:
            node = await self._put(
                signal, "action", f"{signal.agent or 'somebody'} changed {signal.path}", parent=self.goal_of(signal.run),
                files=[signal.path],
            )  # fmt: skip
            self._files[key] = node.handle

    def _task(self, task: str) -> str:
        return self._tasks.get(task) or next(
            (node.handle for node in self._graph.nodes() if node.auto and node.kind == "action" and node.task == task),
            "",
        )

    async def _put(
        self,
        signal: Signal,
        kind: str,
        text: str,
        *,
        parent: str = "",
        task: str = "",
        files: list[str] | None = None,
        cell: str = "",
    ) -> Node:
        title = " ".join(text.split()) or kind
        short = title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…"
        caller = Caller(team=signal.team, agent=signal.agent, role="", run=signal.run, call=signal.id)
        node = await self._graph.log(
            kind, short, text if short != title else "", parent=parent or None, caller=caller, auto=True, task=task,
            files=files or (), cell=cell,
        )  # fmt: skip
        self.logged += 1
        return node
