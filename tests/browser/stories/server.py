"""A loopback server for the stories: the page, the states and the bundled panels."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.stories.states import STATES

PAGE = Path(__file__).with_name("index.html")
STATIC = Path(__file__).parents[3] / "loomkin_jupyter" / "panels" / "static"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._send("text/html; charset=utf-8", PAGE.read_bytes())
        elif path.startswith("/states/") and path[8:-5] in STATES:
            self._send("application/json", json.dumps(STATES[path[8:-5]]()).encode())
        elif (
            path.startswith("/static/")
            and (STATIC / path[8:]).resolve().is_relative_to(STATIC)
            and (STATIC / path[8:]).is_file()
        ):
            self._send("text/javascript", (STATIC / path[8:]).read_bytes())
        else:
            self.send_error(404)

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test's output is for its own findings."""


class StoryServer:
    """Serves from a thread while it is entered."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="stories", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> StoryServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
