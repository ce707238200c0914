# pyright: basic
"""Watches the server's kernels for the ends of runs and of kernels, and has their notebooks repaired.

Heard are Jupyter's kernel events, the restarter, and the display messages of a kernel (nothing else of its output). What a page
has open waits, looked at every few seconds, until the page is gone; without such notebooks there is no timer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from jupyter_client.session import Session
from jupyter_core.paths import jupyter_runtime_dir
from tornado.ioloop import PeriodicCallback

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.server.reading import project_of
from loomkin_jupyter.server.records import End, is_live, level_of, run_of
from loomkin_jupyter.server.repair import SHARED, Repairer

ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
TOPIC = b"display_data"
SETTING = "loomkin_watch"
LOOK_AGAIN_MS = 5_000
AFTER_CLOSE_S = 2.0


class _Kernel:
    """What is known of one kernel: its notebooks, its runs with what is to be kept of them, its project, its messages."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.runs: dict[str, str] = {}
        self.workspace = ""
        self.stream: Any = None
        self.end: End | None = None
        self.reviving = False
        """Whether it died and Jupyter is starting it again, perhaps on other ports."""


class Watch:
    """One per server."""

    def __init__(self, server: Any, clock: Clock = SYSTEM_CLOCK) -> None:
        self._events = getattr(server, "event_logger", None)
        self._manager = server.kernel_manager
        self._sessions = server.session_manager
        self._root = server.root_dir
        self._clock = clock
        extensions = getattr(server.extension_manager, "extensions", {})
        shared = any(name in extensions and extensions[name].enabled for name in SHARED)
        self._repairer = Repairer(server.contents_manager, shared=shared, log=server.log)
        self._kernels: dict[str, _Kernel] = {}
        self._waiting: set[str] = set()
        self._tasks: set[asyncio.Future[Any]] = set()
        self._timer = PeriodicCallback(self._look_again, LOOK_AGAIN_MS)

    def begin(self) -> None:
        """Listen for kernels from now on."""
        if self._events is not None:
            self._events.add_listener(schema_id=ACTIONS, listener=self._acted)

    def end_of(self, kernel_id: str) -> End | None:
        """Return when and how a kernel ended, if this server saw it."""
        known = self._kernels.get(kernel_id)
        return known.end if known is not None else None

    async def _acted(self, logger: Any, schema_id: str, data: JsonObject) -> None:
        kernel_id = str(data.get("kernel_id", ""))
        if data.get("status") != "success" or not kernel_id:
            return
        if data["action"] == "start":
            self._spawn(self._follow(kernel_id))
        elif data["action"] in ("restart", "shutdown") and kernel_id in self._kernels:
            known = self._kernels[kernel_id]
            if known.reviving:
                known.reviving = False
                self._listen(kernel_id, known)
            else:
                self._spawn(self._closed(kernel_id, gone=data["action"] == "shutdown"))

    async def _follow(self, kernel_id: str) -> None:
        if kernel_id in self._kernels or kernel_id not in self._manager:
            return
        kernel = self._manager.get_kernel(kernel_id)
        if not hasattr(kernel, "connect_iopub"):
            return  # not on this machine: a gateway's
        known = self._kernels[kernel_id] = _Kernel()
        ready = kernel.ready
        await (ready if asyncio.isfuture(ready) else asyncio.wrap_future(ready))
        self._manager.add_restart_callback(kernel_id, lambda: self._died(kernel_id, reviving=True), "restart")
        self._manager.add_restart_callback(kernel_id, lambda: self._died(kernel_id, reviving=False), "dead")
        self._listen(kernel_id, known)

    def _listen(self, kernel_id: str, known: _Kernel) -> None:
        import zmq

        kernel = self._manager.get_kernel(kernel_id)
        if known.stream is not None and not known.stream.closed():
            known.stream.close()
        known.stream = kernel.connect_iopub()
        # Only what a cell shows: prints and comm messages never come here.
        known.stream.socket.setsockopt(zmq.SUBSCRIBE, TOPIC)
        known.stream.socket.setsockopt(zmq.UNSUBSCRIBE, b"")
        session = Session(config=kernel.session.config, key=kernel.session.key)
        known.stream.on_recv(lambda frames: self._shown(kernel_id, known, session, frames))

    def _shown(self, kernel_id: str, known: _Kernel, session: Session, frames: list[bytes]) -> None:
        if not any(b'"loomkin"' in frame for frame in frames):
            return
        try:
            message = session.deserialize(session.feed_identities(frames)[1])
        except (ValueError, TypeError):
            return  # not signed by this kernel
        run = run_of(message["content"])
        if not run:
            return
        if run not in known.runs:
            known.end = None
            known.runs[run] = level_of(message["content"])
        self._spawn(self._look(kernel_id, ended=not is_live(message["content"])))

    def _died(self, kernel_id: str, *, reviving: bool) -> None:
        known = self._kernels.get(kernel_id)
        if known is not None:
            known.reviving = reviving
            known.end = known.end or End(self._clock.now(), "died")
            self._spawn(self._look(kernel_id, ended=True))

    async def _closed(self, kernel_id: str, *, gone: bool) -> None:
        known = self._kernels[kernel_id]
        known.end = End(self._clock.now(), "closed")
        # The page and the kernel's own last words come first; what they leave is mended here.
        await asyncio.sleep(AFTER_CLOSE_S)
        await self._look(kernel_id, ended=True)
        if gone:
            if known.stream is not None and not known.stream.closed():
                known.stream.close()
            known.stream = None
        elif kernel_id in self._manager:
            self._listen(kernel_id, known)

    async def _look(self, kernel_id: str, *, ended: bool) -> None:
        known = self._kernels[kernel_id]
        sessions = [one for one in await self._sessions.list_sessions() if (one["kernel"] or {}).get("id") == kernel_id]
        # A session that is gone had the paths that it had last.
        known.paths = {str(one["path"]) for one in sessions if str(one["path"]).endswith(".ipynb")} or known.paths
        known.workspace = workspace_of(kernel_id) or known.workspace
        if not ended:
            return
        done = [await self._repaired(kernel_id, known, path) for path in sorted(known.paths)]
        if all(done):
            self._waiting.discard(kernel_id)
            return
        self._waiting.add(kernel_id)
        if not self._timer.is_running():
            self._timer.start()

    async def _repaired(self, kernel_id: str, known: _Kernel, path: str) -> bool:
        try:
            root = Path(known.workspace) if known.workspace else project_of(self._root, path)
        except UsageError:
            return True
        return await self._repairer.repair(
            kernel_id, path, root, runs=dict(known.runs), end=known.end, free=lambda: self._free(kernel_id)
        )

    def _free(self, kernel_id: str) -> bool:
        connections = getattr(self._manager, "_kernel_connections", {})
        return connections.get(kernel_id, 0) <= 0

    async def _look_again(self) -> None:
        for kernel_id in [one for one in self._waiting if self._free(one)]:
            await self._look(kernel_id, ended=True)
        if not self._waiting:
            self._timer.stop()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def workspace_of(kernel_id: str) -> str:
    """Return the project of a kernel's team, from the file that even a killed kernel leaves."""
    path = Path(jupyter_runtime_dir()) / f"loomkin-{kernel_id}.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8")).get("workspace", ""))
    except (OSError, ValueError, AttributeError):
        return ""
