# pyright: basic
"""REST over the store of a project: tasks, graph, runs, costs; works with no kernel alive. Reads only, never migrates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from jupyter_server.auth.decorator import authorized
from sqlalchemy.exc import SQLAlchemyError
from tornado import web
from tornado.ioloop import IOLoop

from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.project.root import find_root
from loomkin_jupyter.server.handlers import LoomkinHandler

_SECTIONS = {
    "tasks": lambda state: {"tasks": state["tasks"]},
    "graph": lambda state: {"decisions": state["decisions"], "positions": state["graph"]["positions"]},
    "runs": lambda state: {"runs": state["runs"], "run": state["run"]},
    "costs": lambda state: {"cost": state["cost"]},
    "state": lambda state: {"state": state},
}


class ReadHandler(LoomkinHandler):
    """``GET /loomkin/api/<what>?path=<notebook or folder, relative to the server's root>``."""

    @web.authenticated
    @authorized
    async def get(self, what: str) -> None:
        """Answer from the journal of the notebook's project."""
        try:
            root = project_of(self.settings.get("server_root_dir", "."), self.get_query_argument("path", ""))
            state = await IOLoop.current().run_in_executor(None, read_state, root)
        except UsageError as error:
            self.refuse(400, error.message, error.remedy)
        except LoomkinError as error:
            self.refuse(409, error.message, error.remedy)
        else:
            self.say({"ok": True, "root": str(root), **_SECTIONS[what](state)})


def project_of(server_root: str, path: str) -> Path:
    """Return the project of a path that the server may show.

    :raises UsageError: for a path outside the server's root.
    """
    base = Path(server_root).expanduser().resolve()
    try:
        target = (base / path.lstrip("/")).resolve()
        inside = target.is_relative_to(base)
    except (OSError, ValueError):
        raise UsageError(f"{path!r} is no path.", "Give a notebook's path relative to the server's folder.") from None
    if not inside:
        raise UsageError(f"{path!r} is outside the server's folder.", "Give a path inside it.")
    return find_root(target)


def read_state(root: Path) -> JsonObject:
    """Return the state that the journal of ``root`` tells (blocking); raises as ``read_projection``."""
    return read_projection(root, lambda signal: None)


def read_projection(root: Path, note: Callable[[Signal], None]) -> JsonObject:
    """Return the state that the journal of ``root`` tells (blocking), showing each signal to ``note`` on the way.

    :raises UsageError: when the project has no store yet. :raises LoomkinError: when it cannot be read.
    """
    from loomkin_jupyter.store import journal
    from loomkin_jupyter.views.projection import Projection
    from loomkin_jupyter.workspace.record import database_of

    file = Path(str(database_of(root)))
    if not file.is_file():
        raise UsageError(f"{root} has no Loomkin workspace yet.", "Run a %%loomkin cell there first.")
    projection = Projection()
    # mode=ro: a server that only looks must not be able to change or create anything.
    engine = sa.create_engine("sqlite://", creator=lambda: _read_only(file), poolclass=sa.NullPool)
    try:
        with engine.connect() as conn:
            for signal in journal.iterate(conn):
                projection.apply(signal)
                note(signal)
    except SQLAlchemyError as error:
        raise LoomkinError(f"The store {file} cannot be read: {error}.", "Run loomkin doctor in the project.") from None
    finally:
        engine.dispose()
    return projection.snapshot()


def _read_only(file: Path) -> Any:
    import sqlite3

    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
