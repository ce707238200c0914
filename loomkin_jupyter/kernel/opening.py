# pyright: basic
"""What a cell shows before there is a team: its request on a card with Stop, while the workspace is being opened.

The projection here holds that one request and nothing else; the card follows the workspace's own as soon as the request
is begun there, under the same id. A stop that comes before ends the request before anything was sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import RunFinished, RunStarted
from loomkin_jupyter.core.status import RunStatus
from loomkin_jupyter.views.projection import Projection

STOPPED = "before it began; nothing was sent"
INTERRUPTED = "interrupted before it began"
_WORDS_MOST = 160


class StoppedEarly(Exception):
    """The request was stopped before it began."""


class Opening:
    """A request that waits for its team; a feed for its card (panels.base.Feed). Asked from any thread."""

    def __init__(self, request: str, options: Any, cell: str) -> None:
        self.run = new_id("run")
        self.begun: Future[None] = Future()
        self._lock = threading.RLock()
        self._listeners: list[Callable[[JsonObject], Any]] = []
        self._projection = Projection()
        self._seq = 0
        self._stopped = self._asking = False
        self._from = time.monotonic()
        self._projection.apply(
            RunStarted(
                request=request,
                model=options.model,
                trust=options.trust,
                share=options.share,
                limit_usd=options.budget,
                origin="cell",
                cell=cell,
                team=options.team,
                run=self.run,
                time=time.time(),
            )
        )
        first = next(iter(request.split("\n")), "")
        self._doing = f"starting: {first}" if len(first) <= _WORDS_MOST else f"starting: {first[:_WORDS_MOST]}…"
        self._projection.tick(time.time())
        self._projection.take_patch()

    def listen(self, listener: Callable[[JsonObject], Any]) -> Callable[[], None]:
        """Have ``listener`` called with each batch; the returned function ends that."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def snapshot(self) -> JsonObject:
        """Return ``{"kind": "snapshot", "seq", "state"}``."""
        with self._lock:
            return {"kind": "snapshot", "seq": self._seq, "state": self.state()}

    def state(self) -> JsonObject:
        """Return a copy of the state: this request and nothing else."""
        with self._lock:
            state = self._projection.snapshot()
        if state["runs"][self.run]["status"] == "running":
            state["runs"][self.run]["activity"] = self._doing
        return state

    def answer(self, command: JsonObject) -> JsonObject | None:
        """Answer a command that came before there is a team; None when the team must answer it."""
        if command.get("do") == "snapshot":
            return {"ok": True, **self.snapshot()}
        if command.get("do") != "stop" or command.get("agent") or command.get("run") not in (None, "", self.run):
            return None
        with self._lock:
            if self._asking:
                return None
            self._stopped = True
        return {"ok": True, "text": f"Stopped {STOPPED}."}

    def look(self) -> None:
        """Let a stop take effect. The cell's thread only.

        :raises StoppedEarly: when it was pressed.
        """
        with self._lock:
            if self._stopped:
                raise StoppedEarly

    def ask(self) -> None:
        """From now on the request is the team's, which ``begun`` tells.

        :raises StoppedEarly: when it was stopped before.
        """
        with self._lock:
            self.look()
            self._asking = True

    def end(self, status: RunStatus, reason: str) -> JsonObject:
        """End the request that never began, and return it as views show it; a second end changes nothing."""
        with self._lock:
            if self.state()["runs"][self.run]["status"] != "running":
                return self.state()["runs"][self.run]
            passed = time.monotonic() - self._from
            self._projection.apply(
                RunFinished(status=status, reason=reason, run=self.run, duration_s=passed, time=time.time())
            )
            patch = self._projection.take_patch()
            self._seq += 1
            batch: JsonObject = {"kind": "delta", "seq": self._seq, "patch": patch}
            listeners = list(self._listeners)
        for listener in listeners:
            listener(batch)
        return self.state()["runs"][self.run]

    def end_for(self, error: BaseException) -> JsonObject:
        """End the request because of ``error``, with its remedy."""
        if isinstance(error, StoppedEarly):
            return self.end("stopped", STOPPED)
        if isinstance(error, KeyboardInterrupt):
            return self.end("stopped", INTERRUPTED)
        words = str(error) if isinstance(error, LoomkinError) else f"{type(error).__name__}: {error}"
        return self.end("failed", words)
