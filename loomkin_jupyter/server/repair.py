# pyright: basic
"""Repairs notebooks whose live outputs cannot live any more, when no page is there to do it.

Guarded: a notebook that changes while it is repaired is left for later, one with a page is left to the page, one that is
edited together is left to the shared document. Goes through the contents manager, which keeps trust and checkpoints.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.server.records import End, Told, live_runs, put_missing, put_records, read_told
from loomkin_jupyter.server.runtimes import runtime_file

SHARED = ("jupyter_server_ydoc", "jupyter_collaboration")


class Repairer:
    """Puts records into notebooks of a server's contents manager."""

    def __init__(self, contents: Any, *, shared: bool, log: Any) -> None:
        self._contents = contents
        self._shared = shared
        self._log = log
        self._locks: dict[str, asyncio.Lock] = {}

    async def repair(
        self, kernel: str, path: str, root: Path, *, runs: Mapping[str, str], end: End | None, free: Callable[[], bool]
    ) -> bool:
        """Repair one notebook; False when it has to be tried again.

        ``runs`` were shown by this kernel, in this order, each with what is to be kept of it; ``free`` tells whether no page has the notebook.
        """
        if self._shared:
            return True
        async with self._locks.setdefault(path, asyncio.Lock()):
            try:
                return await self._repair(kernel, path, root, runs, end, free)
            except HTTPError as error:
                self._log.info("loomkin: %s was not repaired: %s", path, error)
            except LoomkinError as error:
                self._log.warning("loomkin: %s was not repaired: %s", path, error)
            return True

    async def _repair(
        self, kernel: str, path: str, root: Path, runs: Mapping[str, str], end: End | None, free: Callable[[], bool]
    ) -> bool:
        if not free():
            return False
        model = await ensure_async(self._contents.get(path, content=True, type="notebook", require_hash=True))
        notebook = model["content"]
        if not runs and not live_runs(notebook):
            return True
        told: Told = await IOLoop.current().run_in_executor(None, read_told, root)
        runtime = runtime_file(kernel)
        since = float(runtime["start_time"]) if runtime is not None else float("inf")

        def record(run: str, level: str) -> dict[str, str] | None:
            # What runs in the kernel's process of today has its output replaced when it ends.
            return None if told.running_since(run) >= since else told.bundle(run, level, end)

        put = put_records(notebook, record)
        # The last run of each cell: an earlier one of the same cell was overwritten in the page, too.
        cells = {str(told.state["runs"].get(run, {}).get("cell", "")): run for run in runs}
        missing = [(run, cell, data) for cell, run in cells.items() if cell and (data := record(run, runs[run]))]
        put += put_missing(notebook, missing)
        if not put:
            return True
        now = await ensure_async(self._contents.get(path, content=False, require_hash=True))
        if now["hash"] != model["hash"] or not free():
            return False
        saved = {"type": "notebook", "format": "json", "content": notebook}
        await ensure_async(self._contents.save(saved, path))
        self._log.info("loomkin: %d outputs of ended runs were made static in %s", put, path)
        return True
