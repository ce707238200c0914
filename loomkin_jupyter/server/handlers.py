# pyright: basic
"""REST: health, runtimes and commands. Bad input is a 4xx with a remedy; a slow kernel a 504; nothing hangs."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, FileFindHandler
from tornado import web

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.server import runtimes

_STARTING = "loomkin_starting"


class LoomkinHandler(APIHandler):
    """What our routes share; ``auth_resource`` is what an authoriser judges."""

    auth_resource = "loomkin"

    def say(self, content: JsonObject, status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.finish(json.dumps(content))

    def refuse(self, status: int, error: str, remedy: str = "") -> None:
        """Answer with an error that says what to do."""
        self.say({"ok": False, "error": error, "remedy": remedy}, status)

    def body(self) -> JsonObject | None:
        """Return the JSON object of the request, {} for an empty one, None when it is none."""
        text = self.request.body.strip()
        if not text:
            return {}
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None

    def known(self, kernel_id: str) -> bool:
        """Whether the server runs this kernel; answers 404 otherwise."""
        if kernel_id in self.kernel_manager:
            return True
        self.refuse(404, f"There is no kernel {kernel_id}.", "Is the notebook's kernel running?")
        return False

    @property
    def starting(self) -> dict[str, Any]:
        """Kernels in which the extension is being loaded."""
        return self.settings.setdefault(_STARTING, {})


class StaticHandler(FileFindHandler):
    """The front end's bundles; behind the same login as everything else."""

    auth_resource = "loomkin"

    @web.authenticated
    @authorized
    def get(self, path: str, include_body: bool = True) -> Any:  # type: ignore[override]
        """Send one file."""
        return super().get(path, include_body)

    def set_extra_headers(self, path: str) -> None:
        """Let the page keep a file as long as its version in the query is the same, but look again without one."""
        if "v" not in self.request.arguments:
            self.set_header("Cache-Control", "no-cache")


class HealthHandler(LoomkinHandler):
    """For ``loomkin doctor``."""

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Say version and protocol, and whether the front end is there."""
        from loomkin_jupyter import __version__
        from loomkin_jupyter.server.extension import STATIC

        bundles = sorted(path.name for path in STATIC.glob("*.js")) if STATIC.is_dir() else []
        self.say({"ok": True, "version": __version__, "protocol": runtimes.PROTOCOL, "front_end": bundles})


class RuntimeHandler(LoomkinHandler):
    """Is there a team in this kernel, and start one."""

    @web.authenticated
    @authorized
    def get(self, kernel_id: str) -> None:
        """Say the state."""
        if self.known(kernel_id):
            self.say(runtimes.runtime_state(self.kernel_manager, kernel_id, self.starting))

    @web.authenticated
    @authorized
    def post(self, kernel_id: str) -> None:
        """Begin to load the extension and answer at once; GET says when it is live."""
        if not self.known(kernel_id):
            return
        state = runtimes.runtime_state(self.kernel_manager, kernel_id, self.starting)
        if state["state"] in ("none", "not installed"):
            self.starting[kernel_id] = asyncio.ensure_future(runtimes.load_extension(self.kernel_manager, kernel_id))
            state = runtimes.runtime_state(self.kernel_manager, kernel_id, self.starting)
        self.say(state, 202 if state["state"] in ("starting", "queued behind a cell") else 200)


class CommandHandler(LoomkinHandler):
    """A second way to a busy kernel."""

    @web.authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        """Hand the command over on the control channel and return the reply."""
        command = self.body()
        if command is None or not isinstance(command.get("do"), str):
            self.refuse(400, "A command is a JSON object with 'do'.", 'Such as {"do": "stop"}.')
            return
        if not self.known(kernel_id):
            return
        if runtimes.runtime_file(kernel_id) is None:
            self.refuse(
                409, "There is no team in this kernel.", "POST …/runtime starts it, or run %load_ext loomkin_jupyter."
            )
            return
        try:
            reply = await runtimes.send_command(self.kernel_manager, kernel_id, command)
        except TimeoutError:
            self.refuse(
                504, "The kernel did not answer.", "It may be in C code that does not yield; try again or interrupt it."
            )
            return
        self.say(reply)
