"""One open workspace: what faces talk to. Opens and closes what its parts need; starts nothing that it does not end.

Everything here runs on the portal's loop. Concrete parts come from ``build.py``; requests, levers and configuration are
modules of their own.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.memory.graph.graph import Graph
from loomkin_jupyter.memory.pulse import pulse
from loomkin_jupyter.policy.gate import Gate
from loomkin_jupyter.project.settings import Settings
from loomkin_jupyter.runtime.bus import Bus
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.teams.team import Team
from loomkin_jupyter.workspace.commands import run_command
from loomkin_jupyter.workspace.configuration import Configuration
from loomkin_jupyter.workspace.door import Door
from loomkin_jupyter.workspace.levers import Levers
from loomkin_jupyter.workspace.options import RunOptions
from loomkin_jupyter.workspace.parts import Parts
from loomkin_jupyter.workspace.questions import Questions
from loomkin_jupyter.workspace.requests import Requests
from loomkin_jupyter.workspace.runs import Run
from loomkin_jupyter.workspace.watchdog import Watchdog

_WATCH_S = 5.0


class Workspace:
    """The faces' view of everything one project has open."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.requests = Requests(parts)
        self.levers = Levers(parts, self.requests.teams)
        self.configuration = Configuration(parts)
        self._door = Door(parts.root / ".loomkin", self.command)
        self._watchdog = Watchdog(parts.clock, lambda: float(parts.settings["watchdog.stalled_s"]))
        self._closed = False

    @property
    def teams(self) -> dict[str, Team]:
        """The open teams by name."""
        return self.requests.teams.open

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.parts.root

    @property
    def id(self) -> str:
        """The workspace's id, the same for every process that opens it."""
        return self.parts.workspace_id

    @property
    def bus(self) -> Bus:
        """Where its signals are heard."""
        return self.parts.bus

    @property
    def store(self) -> Store:
        """Its database."""
        return self.parts.store

    @property
    def clock(self) -> Clock:
        """Its time."""
        return self.parts.clock

    @property
    def graph(self) -> Graph:
        """Its decisions."""
        return self.parts.graph

    @property
    def gate(self) -> Gate:
        """Its permissions."""
        return self.parts.gate

    @property
    def questions(self) -> Questions:
        """What waits for a person."""
        return self.parts.questions

    @property
    def settings(self) -> Settings:
        """Its settings as they hold now."""
        return self.parts.settings

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Begin: listeners, timers and the local door. Called once, by ``build.py``."""
        self.bus.listen(self._watchdog)
        self.parts.schedule.every(_WATCH_S, self._watch, name="watchdog")
        try:
            await self._door.open()
        except OSError as failed:
            self._notice(f"Other terminals cannot command this team: {failed}.")

    async def close(self) -> None:
        """Stop agents (their work stays and can be resumed), close processes, threads and files. Safe to call twice.

        What fails on the way does not keep the rest open; the first failure is raised at the end.
        """
        if self._closed:
            return
        self._closed = True
        parts = self.parts
        async with contextlib.AsyncExitStack() as last_first:
            last_first.push_async_callback(self.store.close)
            last_first.push_async_callback(parts.models.close)
            last_first.push_async_callback(self._tell_closed)
            last_first.push_async_callback(parts.recorder.settle)
            last_first.callback(parts.let_go)
            for team in self.teams.values():
                last_first.push_async_callback(team.close)
            last_first.push_async_callback(parts.schedule.close)
            last_first.push_async_callback(self._door.close)

    async def _tell_closed(self) -> None:
        try:
            await self.store.transact(lambda tx: tx.emit(s.WorkspaceClosed()))
        except StoreError:
            pass  # a lost lease or a full disk was told to whoever wrote before; closing goes on

    # --- requests -----------------------------------------------------------------------------------------------------

    async def ask(self, request: str, options: RunOptions | None = None) -> Run:
        """Give the team a request; return at once with the run. See ``Requests.ask``."""
        return await self.requests.ask(request, options)

    async def resume(self, team: str = "main") -> Run | None:
        """Go on with what a dead process left; None when nothing was open. See ``Requests.resume``."""
        return await self.requests.resume(team)

    async def command(self, command: JsonObject) -> JsonObject:
        """Carry out one command of a face; never raises."""
        return await run_command(self, command)

    # --- looking ------------------------------------------------------------------------------------------------------

    def statistics(self) -> JsonObject:
        """Return what panels and doctor show, part by part."""
        parts = self.parts
        return {
            "root": str(self.root),
            "sandbox": {"kind": parts.sandbox.kind, "reason": parts.sandbox.reason},
            "store": parts.store.statistics(),
            "bus": parts.bus.statistics(),
            "graph": {**parts.graph.statistics(), "pulse": pulse(parts.graph.adjacency, parts.clock.now()).text()},
            "runs": dict(parts.runs.statistics()),
            "questions": parts.questions.statistics(),
            "gate": parts.gate.statistics(),
            "budget": parts.budget.statistics(),
            "tools": parts.toolbox.statistics(),
            "teams": {name: team.statistics() for name, team in self.teams.items()},
        }

    def _watch(self) -> None:
        for stalled in self._watchdog.look():
            self.store.transact_nowait(lambda tx, signal=stalled: tx.emit(signal))

    def _notice(self, text: str) -> None:
        self.store.transact_nowait(lambda tx: tx.emit(s.LogWritten(text=text)))
