# pyright: basic
"""The server extension: routes only. Every route uses Jupyter's own authentication, authorisation and XSRF check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join

PACKAGE = Path(__file__).resolve().parent.parent
STATIC = PACKAGE / "panels" / "static"
LABEXTENSION = PACKAGE / "labextension"


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "loomkin_jupyter.server.extension"}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "loomkin-jupyter"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the routes to a running server."""
    from loomkin_jupyter.server import handlers, pages, reading, watch

    base = server.web_app.settings["base_url"]
    kernel = r"([A-Za-z0-9_\-]+)"
    routes: list[tuple[Any, ...]] = [
        (r"loomkin/static/(.*)", handlers.StaticHandler, {"path": str(STATIC)}),
        (r"loomkin/api/health", handlers.HealthHandler),
        (rf"loomkin/api/kernels/{kernel}/runtime", handlers.RuntimeHandler),
        (rf"loomkin/api/kernels/{kernel}/command", handlers.CommandHandler),
        (r"loomkin/api/record", pages.RecordHandler),
        (r"loomkin/api/(tasks|graph|runs|costs|state)", reading.ReadHandler),
    ]
    watching = server.web_app.settings[watch.SETTING] = watch.Watch(server)
    watching.begin()
    server.web_app.add_handlers(".*$", [(url_path_join(base, route[0]), *route[1:]) for route in routes])


load_jupyter_server_extension = _load_jupyter_server_extension
