# pyright: basic
"""REST for a page that has a notebook open: the record to put in the place of a card whose kernel is gone."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.ioloop import IOLoop

from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.server.handlers import LoomkinHandler
from loomkin_jupyter.server.reading import project_of
from loomkin_jupyter.server.records import read_told
from loomkin_jupyter.server.watch import SETTING, workspace_of


class RecordHandler(LoomkinHandler):
    """``GET /loomkin/api/record?path=<notebook>&kernel=<its kernel>&run=<run>&save=<none, summary or full>``."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with data and metadata of the output."""
        run, kernel = self.get_query_argument("run", ""), self.get_query_argument("kernel", "")
        level = self.get_query_argument("save", "summary")
        try:
            root = project_of(self.settings.get("server_root_dir", "."), self.get_query_argument("path", ""))
            if kernel in self.kernel_manager and (workspace := workspace_of(kernel)):
                root = Path(workspace)
            told = await IOLoop.current().run_in_executor(None, read_told, root)
        except UsageError as error:
            self.refuse(400, error.message, error.remedy)
            return
        except LoomkinError as error:
            self.refuse(409, error.message, error.remedy)
            return
        data = told.bundle(run, level, self.settings[SETTING].end_of(kernel))
        if data is None:
            self.refuse(404, f"The project's journal knows no run {run!r}.", "Is it the notebook of another project?")
            return
        self.say({"ok": True, "data": data, "metadata": {"loomkin": {"run": run, "save": level}}})
