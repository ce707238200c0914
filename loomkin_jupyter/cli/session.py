"""One workspace opened for one command: portal, namespace, listeners; closed whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.project.root import find_root
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.workspace.build import open_workspace
from loomkin_jupyter.workspace.namespace import Namespace
from loomkin_jupyter.workspace.runs import Run
from loomkin_jupyter.workspace.workspace import Workspace

Listener = Callable[[s.Signal], None]


def project_root(project: str | None) -> Path:
    """Return the project of ``--project`` or of the working directory."""
    return find_root(Path.cwd(), given=project)


@contextmanager
def opened(
    root: Path,
    *,
    listener: Listener | None = None,
    attended: Callable[[], bool] = lambda: False,
    overrides: Mapping[str, Any] | None = None,
) -> Generator[tuple[Portal, Workspace, Namespace]]:
    """Yield portal, workspace and namespace; on leaving, the workspace is closed and the threads end."""
    portal = Portal()
    portal.start()
    namespace = Namespace()
    try:
        workspace: Workspace = portal.run(
            open_workspace(
                root,
                portal=portal,
                kernel=namespace,
                attended=attended,
                overrides=overrides,
                listeners=() if listener is None else (listener,),
            )
        )
        try:
            yield portal, workspace, namespace
        finally:
            portal.run(workspace.close())
    finally:
        namespace.close()
        portal.close()


async def listen(workspace: Workspace, listener: Listener) -> None:
    """Let ``listener`` hear every signal of the workspace from now on (called on the portal's loop)."""
    workspace.bus.listen(listener)


def wait_or_stop(portal: Portal, workspace: Workspace, run: Run) -> s.RunFinished:
    """Wait for the run's end; Ctrl-C stops the run in order and returns its account, a second one leaves at once."""
    try:
        return portal.run(run.wait())
    except KeyboardInterrupt:
        sys.stderr.write("Stopping the team (Ctrl-C again leaves at once) …\n")
        portal.run(workspace.command({"do": "stop", "run": run.id, "reason": "Ctrl-C"}))
        return portal.run(run.wait())
