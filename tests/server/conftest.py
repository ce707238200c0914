# pyright: basic
"""A real Jupyter server in a process of its own, on loopback, with a token."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

TOKEN = "test-token-for-loopback"


class Server:
    """Requests with or without the token; returns (status, JSON or text)."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def request(
        self, method: str, path: str, body: Any = None, *, token: bool = True, raw: bytes | None = None
    ) -> tuple[int, Any]:
        data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        made = urllib.request.Request(self.url + path, data=data, method=method)
        if token:
            made.add_header("Authorization", f"token {TOKEN}")
        try:
            with urllib.request.urlopen(made, timeout=90) as answer:
                text, status = answer.read().decode(), answer.status
        except urllib.error.HTTPError as error:
            with error:
                text, status = error.read().decode(), error.code
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the extension, its root a project folder."""
    with run_server(tmp_path_factory.mktemp("home"), {}) as made:
        yield made


@contextmanager
def run_server(home: Path, more: dict[str, str]) -> Iterator[Server]:
    """Run a server whose files are all below ``home``, with ``more`` in its environment."""
    folder = home / "work"
    folder.mkdir()
    (folder / "LOOMKIN.md").write_text("# Rules\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        **more,
    }
    options = [
        "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}", f"--port={port}", "--ServerApp.port_retries=50",
        f"--IdentityProvider.token={TOKEN}", "--ServerApp.jpserver_extensions={'loomkin_jupyter.server.extension': True}",
    ]  # fmt: skip
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options], stdout=log, stderr=log, env=environment
        )
    # Another program may take the port before the server does: it says itself which one it has.
    said = home / "runtime" / f"jpserver-{process.pid}.json"
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            made = Server(f"http://127.0.0.1:{json.loads(said.read_text())['port']}/", folder)
            if made.request("GET", "loomkin/api/health")[0] == 200:
                break
        except (OSError, ValueError):
            pass
        assert process.poll() is None, (home / "server.log").read_text()
    else:
        raise TimeoutError((home / "server.log").read_text())
    yield made
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    process.wait(30)
    for child in children:
        if child.is_running():
            child.kill()
