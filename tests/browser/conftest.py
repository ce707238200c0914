"""Fixtures of the browser tests: headless Chromium, the stories, a real JupyterLab on loopback with a notebook."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.browser.stories.server import STATIC, StoryServer

ROOT = Path(__file__).parents[2]
LABEXTENSION = ROOT / "loomkin_jupyter" / "labextension"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000
LONG_MS = 120_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests; each gets a context of its own.

    Not for the whole session: Playwright's synchronous interface keeps a loop running in this thread, and no test
    outside this folder could run one of its own.
    """
    if not Path(CHROMIUM).exists():
        pytest.fail("there is no chromium; install it: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, 900 pixels wide."""
    context = browser.new_context(viewport={"width": 900, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    made = context.new_page()
    yield made
    context.close()


@pytest.fixture(scope="session")
def stories() -> Iterator[str]:
    """The address of the stories."""
    if not (STATIC / "run_card.js").is_file():
        pytest.fail("the panels are not built; build them: cd labextension && jlpm && jlpm build:prod")
    with StoryServer() as server:
        yield server.url


@pytest.fixture
def story(page: Page, stories: str) -> Callable[..., Page]:
    """Open one story: ``story("run_card", "running", theme="dark")``."""

    def show(view: str, state: str, **more: str) -> Page:
        query = "&".join(f"{key}={value}" for key, value in {"view": view, "state": state, **more}.items())
        page.goto(f"{stories}/?{query}")
        page.wait_for_selector("body[data-ready=true]")
        page.wait_for_selector("[data-part=loading]", state="hidden")
        return page

    return show


class Lab:
    """A running JupyterLab: its address with the token, its folder, its REST interface."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.url = url
        self.token = token
        self.folder = folder

    def rest(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the server's REST interface; None for an empty answer."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None

    def end_kernels(self) -> None:
        """A test that was killed leaves its kernel, and the next one would attach to it."""
        for kernel in self.rest("GET", "/api/kernels"):
            with contextlib.suppress(urllib.error.HTTPError):
                self.rest("DELETE", f"/api/kernels/{kernel['id']}")

    def project(self, name: str, *cells: str) -> str:
        """Make a project folder with a notebook in it; return the notebook's path."""
        (self.folder / name).mkdir()
        (self.folder / name / "LOOMKIN.md").write_text("# Rules\n")
        return self.notebook(f"{name}/{name}.ipynb", *cells)

    def notebook(self, name: str, *cells: str) -> str:
        """Write a notebook of code cells; return its path."""
        made: list[dict[str, Any]] = [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
            for n, cell in enumerate(cells)
        ]
        kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content: dict[str, Any] = {
            "cells": made,
            "metadata": {"kernelspec": kernelspec},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.folder / name).write_text(json.dumps(content))
        return name

    def open(self, page: Page, name: str) -> Page:
        """Open the notebook in ``page`` and wait for its kernel."""
        page.goto(f"{self.url}/lab/tree/{name}?token={self.token}&reset")
        return self.ready(page)

    def ready(self, page: Page) -> Page:
        """Wait until the notebook in ``page`` is there with its kernel."""
        page.wait_for_function(
            "window.jupyterapp && window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel",
            timeout=LONG_MS,
        )
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=LONG_MS)
        return page

    def run_cell(self, page: Page, index: int) -> None:
        """Run the cell at ``index`` without waiting for its end."""
        page.evaluate(
            """index => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = index;
                panel.content.deselectAll();
                void window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )

    def finish_cell(self, page: Page, index: int) -> None:
        """Run the cell at ``index`` to its end."""
        self.run_cell(page, index)
        page.wait_for_function(
            """index => {
                const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
                return /\\[\\d+\\]/.test(cell.inputArea.promptNode.textContent);
            }""",
            arg=index,
            timeout=LONG_MS,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def model_server() -> Iterator[ScriptedServer]:
    """The model of every kernel of the lab; each test gives it a script."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="module")
def lab_server(tmp_path_factory: pytest.TempPathFactory, model_server: ScriptedServer) -> Iterator[Lab]:
    """JupyterLab in a process of its own, with our extensions and nobody's settings."""
    if not (LABEXTENSION / "package.json").is_file():
        pytest.fail("the JupyterLab extension is not built; build it: cd labextension && jlpm && jlpm build:prod")
    home = tmp_path_factory.mktemp("lab")
    folder = home / "work"
    extensions = home / "data" / "labextensions"
    folder.mkdir()
    extensions.mkdir(parents=True)
    (extensions / "loomkin-jupyter").symlink_to(LABEXTENSION)
    token, port = secrets.token_hex(16), _free_port()
    environment = {
        **os.environ,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "PYTHONWARNINGS": "default",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LOOMKIN_MODEL": "openai/gpt-4o",
        **model_server.environment(),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
        "--ServerApp.jpserver_extensions={'loomkin_jupyter': True, 'jupyterlab': True}", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said: list[str] = []
    up = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "/lab?token=" in line or "is running at" in line:
                up.set()
        up.set()

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    lab = Lab(f"http://127.0.0.1:{port}", token, folder)
    try:
        if not up.wait(120) or process.poll() is not None:
            pytest.fail("JupyterLab did not start:\n" + "".join(said[-40:]))
        yield lab
        lab.end_kernels()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        reader.join(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def lab(lab_server: Lab) -> Lab:
    """The server without kernels of earlier tests."""
    lab_server.end_kernels()
    return lab_server


@pytest.fixture
def model(model_server: ScriptedServer) -> ScriptedServer:
    """The model, without the requests of earlier tests."""
    model_server.requests.clear()
    return model_server
