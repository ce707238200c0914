# pyright: basic
"""What a ``%%loomkin`` cell leaves behind: a run to await, to wait for, and to ask what it did and why."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import money_text
from loomkin_jupyter.kernel.why import why_text


class RunResult:
    """The outcome of a run: ``text`` is the answer.

    ``values`` are the variables that agents' code in the kernel made or rebound in this run, as they are now; a change
    inside an object is not seen. ``frames`` and ``figures`` are those of them that are data frames and matplotlib figures.
    """

    def __init__(self, run: JsonObject, values: dict[str, Any] | None = None) -> None:
        self.values: dict[str, Any] = values or {}
        self.text: str = run.get("answer", "")
        self.status: str = run["status"]
        self.reason: str = run.get("reason", "")

    @property
    def frames(self) -> dict[str, Any]:
        """The data frames among the values."""
        return {n: v for n, v in self.values.items() if hasattr(v, "columns") and hasattr(v, "dtypes")}

    @property
    def figures(self) -> dict[str, Any]:
        """The matplotlib figures among the values."""
        pyplot = sys.modules.get("matplotlib.figure")
        return {n: v for n, v in self.values.items() if isinstance(v, pyplot.Figure)} if pyplot is not None else {}

    def __str__(self) -> str:
        return self.text or self.reason

    def __repr__(self) -> str:
        return f"<Loomkin result: {self.status}>"


class LoomkinRun:
    """One request. ``await run`` or ``run.result`` give the result; the rest may be asked at any time."""

    def __init__(self, host: Any, run: Any) -> None:
        self._host = host
        self._run = run
        self.id: str = run.id
        self._never: JsonObject | None = None
        self._ending: Future[Any] = host.call(run.wait())
        self.shown = False

    @classmethod
    def never(cls, host: Any, entry: JsonObject) -> LoomkinRun:
        """Return a run that was stopped before it began; ``entry`` says so."""
        made = cls.__new__(cls)
        made._host, made._run, made._never = host, None, entry
        made.id, made.shown = entry["id"], False
        made._ending = Future()
        made._ending.set_result(None)
        return made

    @property
    def never_began(self) -> bool:
        """Whether it was stopped before anything was sent."""
        return self._never is not None

    @property
    def status(self) -> str:
        """running, done, failed, stopped, limit or refused."""
        return self._entry()["status"]

    @property
    def result(self) -> RunResult:
        """Wait for the end and return the result; an interrupt pauses the run instead of losing it."""
        self.wait()
        return self._result()

    @property
    def text(self) -> str:
        """The answer; waits for it."""
        return self.result.text

    @property
    def cost(self) -> str:
        """What it has cost so far, such as ``$0.0042`` or ``unknown``."""
        return money_text(self._entry().get("cost_nano"))

    @property
    def changes(self) -> dict[str, JsonObject]:
        """Files it changed, by path."""
        if self._never is not None:
            return {}
        state = self._host.state()
        latest = state["changes"]
        own = state["runs"].get(self.id, {}).get("changes", {})
        of_run = {path: latest[path] for path in own if latest.get(path, {}).get("run") == self.id}
        return {path: {**of_run.get(path, {}), **change} for path, change in own.items()}

    @property
    def graph(self) -> Any:
        """The decision graph of this run as a panel."""
        from loomkin_jupyter.panels.graph import GraphPanel

        self._host.state()
        return GraphPanel(self._host.pump, self._host.commands, self.id)

    def why(self, what: str) -> str:
        """Return why: the reasons behind a decision (D7), a variable or a file."""
        return why_text(self._host.state(), what)

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._ending.done()

    def wait(self) -> None:
        """Wait for the end, letting agents read variables meanwhile; an interrupt pauses the run."""
        from loomkin_jupyter.kernel.waiting import wait_for

        if not self.ended:
            wait_for(self._ending, self._host.mainthread.serve, on_interrupt=self.pause)

    def freeze_with(self, shown: Any) -> None:
        """Have ``shown`` replaced by its static record when the run ends (on the pump's loop, after its last batch)."""

        def ended(_: Any) -> None:
            self._host.portal.post(self._host.pump.flush)
            self._host.portal.post(shown.freeze)

        self._ending.add_done_callback(ended)

    def pause(self) -> None:
        """Pause the team; nothing is lost."""
        self._host.commands({"do": "pause"})

    def stop(self) -> None:
        """Stop this run."""
        self._host.commands({"do": "stop", "run": self.id})

    def __await__(self) -> Generator[Any, None, RunResult]:
        return self._wait().__await__()

    async def _wait(self) -> RunResult:
        await asyncio.wrap_future(self._ending)
        return self._result()

    def _result(self) -> RunResult:
        variables = self._host.shell.user_ns
        made = self._host.made.get(self.id, {})
        return RunResult(self._entry(), {name: variables[name] for name in made if name in variables})

    def _entry(self) -> JsonObject:
        if self._never is not None:
            return self._never
        return self._host.state()["runs"].get(self.id) or {"status": self._run.status, "answer": ""}

    def __repr__(self) -> str:
        return f"<Loomkin run: {self.status}>"

    def _ipython_display_(self) -> None:
        # The card is the run's output; as the cell's value it must not appear a second time.
        if self.shown:
            self.shown = False
            return
        from IPython.core.display_functions import display

        from loomkin_jupyter.views.static.bundle import bundle

        state = self._host.state() if self._never is None else {"runs": {self.id: self._never}}
        display(bundle(state, self.id), raw=True)
