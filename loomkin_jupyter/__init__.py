"""Loomkin for Jupyter: a team of AI agents inside a notebook's kernel.

The public names are resolved lazily, so that ``import loomkin_jupyter`` costs a few milliseconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loomkin_jupyter.kernel.api import ask, graph, panel, resume, team
    from loomkin_jupyter.tools.declare import tool
    from loomkin_jupyter.workspace.build import open_workspace
    from loomkin_jupyter.workspace.workspace import Workspace

__version__ = "0.1.0"

_PUBLIC = {
    "ask": "loomkin_jupyter.kernel.api",
    "graph": "loomkin_jupyter.kernel.api",
    "panel": "loomkin_jupyter.kernel.api",
    "resume": "loomkin_jupyter.kernel.api",
    "team": "loomkin_jupyter.kernel.api",
    "tool": "loomkin_jupyter.tools.declare",
    "open_workspace": "loomkin_jupyter.workspace.build",
    "Workspace": "loomkin_jupyter.workspace.workspace",
    "load_ipython_extension": "loomkin_jupyter.kernel.extension",
    "unload_ipython_extension": "loomkin_jupyter.kernel.extension",
    "_jupyter_server_extension_points": "loomkin_jupyter.server.extension",
    "_jupyter_labextension_paths": "loomkin_jupyter.server.extension",
}

__all__ = ["Workspace", "__version__", "ask", "graph", "open_workspace", "panel", "resume", "team", "tool"]


def __getattr__(name: str) -> Any:
    """Import a public name where it lives, the first time it is asked for."""
    home = _PUBLIC.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
