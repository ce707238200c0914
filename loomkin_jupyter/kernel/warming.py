# pyright: basic
"""What the first request needs, imported beforehand: a module at a time, only while no cell runs. Owns no thread."""

from __future__ import annotations

import contextlib
import importlib
import threading

MODULES = (
    "anywidget",
    "loomkin_jupyter.core.signals",
    "loomkin_jupyter.panels.pump",
    "loomkin_jupyter.panels.run_card",
    "loomkin_jupyter.kernel.asking",
    "loomkin_jupyter.kernel.opening",
    "loomkin_jupyter.kernel.mainthread",
    "loomkin_jupyter.runtime.portal",
    "sqlalchemy",
    "sqlalchemy.dialects.sqlite",
    "loomkin_jupyter.store.store",
    "bashlex",
    "yaml",
    "jinja2",
    "loomkin_jupyter.agents.kit",
    "loomkin_jupyter.teams.team",
    "loomkin_jupyter.workspace.build",
)
"""In the order in which the first request asks for them: what paints the card, then what opens the workspace."""

REST_S = 0.05
LOADED_S = 2.0
"""Where the extension was loaded without a cell nobody tells that a cell has ended."""


class Warming:
    """Imports while the kernel rests; ``busy`` and ``quiet`` tell it of cells, ``stop`` ends it."""

    def __init__(self, modules: tuple[str, ...] = MODULES) -> None:
        self._modules = modules
        self._rest = threading.Event()
        self._stop = threading.Event()
        self._cell = False
        self.done: list[str] = []

    def busy(self) -> None:
        """A cell begins."""
        self._cell = True
        self._rest.clear()

    def quiet(self) -> None:
        """A cell has ended."""
        self._cell = False
        self._rest.set()

    def stop(self) -> None:
        """Import nothing more; from any thread."""
        self._stop.set()
        self._rest.set()

    def run(self) -> None:
        """Import one module after the other. What cannot be imported tells of itself where it is needed."""
        if not self._rest.wait(LOADED_S) and not self._cell:
            self._rest.set()
        for name in self._modules:
            self._stop.wait(REST_S)
            self._rest.wait()
            if self._stop.is_set():
                return
            with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
                importlib.import_module(name)
                self.done.append(name)
