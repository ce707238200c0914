# pyright: basic
"""One team per kernel: owns the portal, the workspace, the pump and the runtime file; opened by the first request, wherever it comes from."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.kernel.waiting import LOOK_S, wait_for
from loomkin_jupyter.kernel.warming import Warming

PROTOCOL = 1
OPENING = ("ask",)
NOT_OPEN = {
    "error": "No team is open in this kernel.",
    "remedy": "Ask it something first: in the sidebar, or in a %%loomkin cell.",
}
_host: Host | None = None


def _nothing() -> None:
    """Serve nobody: only the main thread may touch the user's variables."""


class Host:
    """Light until ``open``: loading the extension makes one, asking opens it."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.mainthread: Any = None
        self.portal: Any = None
        self.workspace: Any = None
        self.pump: Any = None
        self.root: Path | None = None
        self.feeds: Any = None
        self.displays: list[Any] = []
        self.shown: dict[str, Any] = {}
        self.runs: dict[str, Any] = {}
        self.made: dict[str, dict[str, None]] = {}
        self.last_run: Any = None
        self.options: dict[str, str] = {}
        self.opening: Any = None
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._in_cell = False
        self._begun = False
        self._runtime = RuntimeFile(shell)
        self._warming = Warming()
        self.begin()
        atexit.register(self.close)

    def begin(self) -> None:
        """Watch the cells and say that this kernel can have a team; a second call does nothing until ``close``."""
        if self._begun:
            return
        self._begun = True
        self.shell.events.register("pre_run_cell", self._cell_begins)
        self.shell.events.register("post_run_cell", self._cell_ends)
        self._runtime.write("")
        if self.kernel is not None:
            self._warming = Warming()
            threading.Thread(target=self._warming.run, name="loomkin-warming", daemon=True).start()

    @property
    def kernel(self) -> Any:
        """The ipykernel, or None in plain IPython."""
        return getattr(self.shell, "kernel", None)

    def attended(self) -> bool:
        """Whether somebody can answer a question: a front end that may ask, or a connected panel."""
        if self.feeds is not None and self.feeds.connected:
            return True
        return bool(getattr(self.kernel, "_allow_stdin", False))

    def find(self, project: str = "") -> Path:
        """Return the project's folder: that of the open workspace, else where one would be opened.

        :raises UsageError: when ``project`` is no directory, or another than the open workspace's.
        """
        from loomkin_jupyter.kernel.notebook import session_notebook
        from loomkin_jupyter.project.root import find_root

        if self.workspace is not None and self.root is not None:
            if project and (wanted := find_root(self.root, given=project)) != self.root:
                raise UsageError(
                    f"This kernel works in {self.root}.", f"Restart the kernel or open another notebook for {wanted}."
                )
            return self.root
        return find_root(session_notebook() or Path.cwd(), given=project or None)

    def open(self, project: str = "", look: Callable[[], Any] = _nothing) -> Any:
        """Open the workspace, once, and return it; from any thread (the sidebar asks before any cell has).

        ``look`` is called while it takes time; what it raises ends the opening.
        """
        while not self._opening.acquire(timeout=LOOK_S):
            look()
        try:
            if self.workspace is None:
                return self._open_now(project, look)
            self.find(project)  # another project is refused
            return self.workspace
        finally:
            self._opening.release()

    def _open_now(self, project: str, look: Callable[[], Any]) -> Any:
        from loomkin_jupyter.kernel.mainthread import MainThread
        from loomkin_jupyter.kernel.notebook import Notebook
        from loomkin_jupyter.runtime.portal import Portal

        self.root = self.find(project)
        portal = Portal()
        portal.start()
        mainthread = MainThread(self.shell, in_cell=self._in_cell, changed=self.changed)
        serve = mainthread.serve if threading.current_thread() is threading.main_thread() else _nothing

        def turn() -> None:
            look()
            serve()

        try:
            workspace = wait_for(portal.call(self._open(portal, mainthread, Notebook(self.root))), turn)
        except BaseException:
            mainthread.close()
            portal.close()
            raise
        self.portal, self.mainthread, self.workspace = portal, mainthread, workspace
        self._runtime.write(str(self.root))
        if self.feeds is not None:
            self.feeds.started()
        return workspace

    def call(self, coroutine: Any) -> Future[Any]:
        """Start a coroutine on the portal."""
        return self.portal.call(coroutine)

    def wait(self, coroutine: Any) -> Any:
        """Run a coroutine on the portal and wait on the main thread, serving agents' reads meanwhile."""
        return wait_for(self.call(coroutine), self.mainthread.serve)

    async def command(self, command: JsonObject) -> JsonObject:
        """Answer a command from any face (on the portal's loop); a reply always has ``ok``."""
        if self.workspace is None:
            return {"ok": False, **NOT_OPEN}
        if command.get("do") == "snapshot" and self.pump is not None:
            return {"ok": True, **self.pump.snapshot()}
        if command.get("do") == "stop" and self.opening is not None:
            # The request is on its way to the team: what is to be stopped must have begun.
            await asyncio.shield(asyncio.wrap_future(self.opening.begun))
        if command.get("do") in ("stop", "pause"):
            self.mainthread.stop_active()
        try:
            return await self.workspace.command(command)
        except LoomkinError as error:
            return {"ok": False, "error": error.message, "remedy": error.remedy}

    def agents(self, team: str) -> list[str]:
        """Return the names of the agents of a team that can be spoken to; those that rest can be called back."""
        found = self.workspace.teams.get(team) if self.workspace is not None else None
        return sorted({*(a.name for a in found.roster.living()), *found.roster.retired}) if found is not None else []

    def changed(self, agent: str, names: tuple[str, ...]) -> None:
        """Note which variables an agent's code rebound, for its run (on the portal's loop)."""
        for team in self.workspace.teams.values():
            one = team.roster.agents.get(agent)
            if one is not None and one.run_id:
                self.made.setdefault(one.run_id, {}).update(dict.fromkeys(names))
                return

    def commands(self, command: JsonObject) -> Future[JsonObject]:
        """Like ``command``, from any thread."""
        reply: Future[JsonObject] = Future()
        early = self._early(command)
        if early is not None:
            reply.set_result(early)
        elif self.portal is not None:
            return self.call(self.command(command))
        elif command.get("do") in OPENING:
            threading.Thread(target=self._open_for, args=(command, reply), name="loomkin-open", daemon=True).start()
        else:
            reply.set_result({"ok": False, **NOT_OPEN})
        return reply

    def _early(self, command: JsonObject) -> JsonObject | None:
        """Answer what needs no team: the output of a run, and what is asked of a request that waits for its team."""
        if command.get("do") == "card" and (self.workspace is not None or self.opening is not None):
            return self._card(command.get("run", ""))
        opening = self.opening
        return opening.answer(command) if opening is not None else None

    def _card(self, run: Any) -> JsonObject:
        shown = self.shown.get(run)
        if shown is None:
            return {"ok": False, "shown": False, "error": f"Run {run} was not shown by this kernel.", "remedy": ""}
        return {"ok": True, "live": shown in self.displays, **shown.content()}

    def _open_for(self, command: JsonObject, reply: Future[JsonObject]) -> None:
        try:
            self.open()
        except LoomkinError as error:
            reply.set_result({"ok": False, "error": error.message, "remedy": error.remedy})
            return
        except OSError as error:
            reply.set_result({"ok": False, "error": f"The team cannot be opened here: {error}.", "remedy": ""})
            return
        self.call(self.command(command)).add_done_callback(lambda done: reply.set_result(done.result()))

    def do(self, command: JsonObject) -> JsonObject:
        """Answer a command on the main thread."""
        self.open()
        return self.wait(self.command(command))

    def state(self) -> JsonObject:
        """Return the state that views show."""
        self.open()
        self.portal.run(self._flush(), 30)
        return self.pump.state()

    def close(self) -> None:
        """Leave static outputs, close the workspace and the portal; a second call does nothing."""
        with self._lock:
            portal, self.portal = self.portal, None
        self._runtime.remove()
        self._warming.stop()
        if self._begun:
            self._begun = False
            self.shell.events.unregister("pre_run_cell", self._cell_begins)
            self.shell.events.unregister("post_run_cell", self._cell_ends)
        if portal is None:
            return
        for shown in list(self.displays):
            shown.freeze(closing=True)
        try:
            portal.run(self._close(), 10)
        except (TimeoutError, LoomkinError):
            pass  # the kernel goes away: what is committed stays, the rest is picked up by the next resume
        self.mainthread.close()
        portal.close()
        if self.feeds is not None:
            self.feeds.ended()
        self.workspace = self.pump = self.last_run = None
        self.runs.clear()

    async def _open(self, portal: Any, mainthread: Any, notebook: Any) -> Any:
        from loomkin_jupyter.panels.pump import Pump
        from loomkin_jupyter.workspace.build import open_workspace

        assert self.root is not None
        workspace = await open_workspace(
            self.root,
            kernel=mainthread,
            notebook=notebook,
            attended=self.attended,
            portal=portal,
            overrides=dict(self.options),
        )
        self.pump = Pump(asyncio.get_running_loop(), workspace.clock)
        workspace.bus.listen(self.pump.take)
        await workspace.store.flush()
        self.pump.begin(*await workspace.store.read(_projected))
        return workspace

    def _cell_begins(self, *_: Any) -> None:
        self._in_cell = True
        self._warming.busy()

    def _cell_ends(self, *_: Any) -> None:
        self._in_cell = False
        self._warming.quiet()

    async def _flush(self) -> None:
        self.pump.flush()

    async def _close(self) -> None:
        self.pump.close()
        await self.workspace.close()


class RuntimeFile:
    """``loomkin-<kernel id>.json`` in Jupyter's runtime folder: how a server finds this kernel's team."""

    def __init__(self, shell: Any) -> None:
        kernel = getattr(shell, "kernel", None)
        config = getattr(kernel, "config", {}) if kernel is not None else {}
        file = config.get("IPKernelApp", {}).get("connection_file", "") if config else ""
        self.kernel_id = Path(str(file)).stem.removeprefix("kernel-") if file else ""
        self.path: Path | None = None
        if self.kernel_id:
            from jupyter_core.paths import jupyter_runtime_dir

            self.path = Path(jupyter_runtime_dir()) / f"loomkin-{self.kernel_id}.json"

    def write(self, workspace: str) -> None:
        """Write who we are; ``workspace`` is '' before a team is open."""
        if self.path is None:
            return
        import psutil

        text = {
            "pid": os.getpid(),
            "start_time": psutil.Process().create_time(),
            "workspace": workspace,
            "protocol": PROTOCOL,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(text), encoding="utf-8")
        temporary.replace(self.path)

    def remove(self) -> None:
        """Take the file away."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def host_of(shell: Any) -> Host:
    """Return this process's host, making it for ``shell`` the first time."""
    global _host
    if _host is None or _host.shell is not shell:
        _host = Host(shell)
    return _host


def current() -> Host:
    """Return the host of the kernel we are in.

    :raises UsageError: outside IPython.
    """
    if _host is None:
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        if shell is None:
            raise UsageError(
                "There is no notebook kernel here.", "Use loomkin_jupyter.open_workspace in a plain program."
            )
        return host_of(shell)
    return _host


def _projected(conn: Any) -> tuple[Any, tuple[int, int]]:
    """Read the journal into a projection (on the store's reader thread)."""
    from loomkin_jupyter.core.signals import TextStreamed
    from loomkin_jupyter.store import journal
    from loomkin_jupyter.views.projection import Projection

    projection = Projection()
    last = (0, 0)
    for signal in journal.iterate(conn):
        if not isinstance(signal, TextStreamed):
            projection.apply(signal)
        last = max(last, (signal.epoch, signal.seq))
    return projection, last
