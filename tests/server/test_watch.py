# pyright: basic
"""Notebooks whose kernel was killed, or whose run ended with no page attached: a real server, a real killed kernel."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket
from jupyter_client.blocking.client import BlockingKernelClient

from loomkin_jupyter.server.records import WIDGET
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer
from tests.server.conftest import TOKEN, Server, run_server

PATIENCE_S = 90
ASK = "%%loomkin\nlook at the notes"


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ScriptedServer) -> Iterator[Server]:
    """A server whose kernels ask the scripted model."""
    environment = {**model.environment(), "LOOMKIN_MODEL": "openai/gpt-4o", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with run_server(tmp_path_factory.mktemp("watch"), environment) as made:
        yield made


def until(true: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while time.monotonic() < end:
        if found := true():
            return found
        pause.wait(0.1)
    raise AssertionError(what)


class Visitor:
    """A page without a browser: a session, its kernel, and what it saved in the notebook."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.file = server.folder / f"{name}.ipynb"
        self.save([])
        session = {"path": f"{name}.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        status, made = server.request("POST", "api/sessions", session)
        assert status == 201, made
        self.kernel = str(made["kernel"]["id"])
        connection = server.folder.parent / "runtime" / f"kernel-{self.kernel}.json"
        self.client = BlockingKernelClient(connection_file=str(connection))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)

    def save(self, outputs: list[dict[str, Any]]) -> None:
        """Save the notebook with these outputs in its second cell, beside a figure of the user's own."""
        figure = {"output_type": "display_data", "data": {"text/plain": "a figure"}, "metadata": {}}
        cells: list[dict[str, Any]] = [
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# Notes"},
            {"cell_type": "code", "id": "ask", "metadata": {}, "execution_count": 1, "outputs": outputs, "source": ASK},
            {"cell_type": "code", "id": "own", "metadata": {}, "execution_count": 2, "outputs": [figure], "source": "x"},
        ]  # fmt: skip
        kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {"cells": cells, "metadata": {"kernelspec": kernelspec}, "nbformat": 4, "nbformat_minor": 5}
        self.file.write_text(json.dumps(notebook))

    def ask(self) -> dict[str, Any]:
        """Run the cell as a page does and return the live output it showed."""
        load = "%load_ext loomkin_jupyter"
        self.client.execute_interactive(load, silent=True, timeout=PATIENCE_S, output_hook=lambda message: None)
        content = {"code": ASK, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
        message = self.client.session.msg("execute_request", content)
        message["metadata"]["cellId"] = "ask"
        self.client.shell_channel.send(message)
        while True:
            heard = self.client.get_iopub_msg(timeout=PATIENCE_S)
            if heard["msg_type"] == "display_data" and WIDGET in heard["content"]["data"]:
                data, metadata = heard["content"]["data"], heard["content"]["metadata"]
                return {"output_type": "display_data", "data": data, "metadata": metadata}

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """What the file has in its second cell now."""
        try:
            return json.loads(self.file.read_text())["cells"][1]["outputs"]
        except ValueError:
            return []  # it is being written

    def static(self) -> dict[str, str]:
        """Wait for the static record and return its data."""
        until(lambda: self.outputs and WIDGET not in self.outputs[0]["data"], f"still live: {self.outputs}")
        assert len(self.outputs) == 1
        return {kind: "".join(text) for kind, text in self.outputs[0]["data"].items()}

    def kill(self) -> None:
        """Kill the kernel's process."""
        runtime = json.loads((self.server.folder.parent / "runtime" / f"loomkin-{self.kernel}.json").read_text())
        psutil.Process(int(runtime["pid"])).kill()

    def attach(self) -> websocket.WebSocket:
        """Open the kernel's channels as a page has them open."""
        url = self.server.url.replace("http", "ws", 1) + f"api/kernels/{self.kernel}/channels"
        return websocket.create_connection(url, header=[f"Authorization: token {TOKEN}"], timeout=PATIENCE_S)

    def close(self) -> None:
        self.client.stop_channels()


@pytest.fixture
def visit(server: Server, model: ScriptedServer) -> Iterator[Callable[[str], Visitor]]:
    made: list[Visitor] = []

    def make(name: str) -> Visitor:
        model.requests.clear()
        model.script = lambda request: Reply(text="The notes are fine.", hold=name)
        (server.folder / name).mkdir()
        (server.folder / name / "LOOMKIN.md").write_text("# Rules\n")
        made.append(Visitor(server, f"{name}/{name}"))
        return made[-1]

    yield make
    for visitor in made:
        visitor.close()


def test_a_killed_kernels_card_becomes_a_record_that_says_so(
    visit: Callable[[str], Visitor], model: ScriptedServer
) -> None:
    page = visit("killed")
    live = page.ask()
    page.save([live])
    model.wait_for(1)
    page.kill()
    data = page.static()
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    for text in data.values():
        assert "Interrupted: the kernel died at" in text
        assert "loomkin resume goes on" in text
    cells = json.loads(page.file.read_text())["cells"]
    assert "".join(cells[0]["source"]) == "# Notes"
    assert "".join(cells[2]["outputs"][0]["data"]["text/plain"]) == "a figure"
    assert cells[1]["outputs"][0]["metadata"]["loomkin"]["run"] == live["metadata"]["loomkin"]["run"]
    before = page.file.read_bytes()
    page.client.wait_for_ready(timeout=PATIENCE_S)
    assert page.server.request("DELETE", f"api/kernels/{page.kernel}")[0] == 204
    again = page.server.request("GET", f"loomkin/api/record?path={page.file.parent.name}&run={_run(live)}")
    assert "Interrupted" in again[1]["data"]["text/plain"]
    assert page.file.read_bytes() == before, "a repaired notebook is not touched again"
    model.event("killed").set()


def _run(output: dict[str, Any]) -> str:
    return output["metadata"]["loomkin"]["run"]


def test_a_run_that_ends_without_a_page_leaves_its_record(
    visit: Callable[[str], Visitor], model: ScriptedServer
) -> None:
    page = visit("alone")
    page.save([page.ask()])
    model.event("alone").set()
    data = page.static()
    assert "The notes are fine." in data["text/html"]
    assert data["text/plain"].startswith("Done")


def test_a_notebook_that_was_saved_before_its_cell_ran_gets_the_record(
    visit: Callable[[str], Visitor], model: ScriptedServer
) -> None:
    page = visit("unsaved")
    page.ask()
    model.event("unsaved").set()
    assert "The notes are fine." in page.static()["text/markdown"]


def test_an_open_page_is_left_to_itself_until_it_goes(visit: Callable[[str], Visitor], model: ScriptedServer) -> None:
    page = visit("opened")
    socket = page.attach()
    live = page.ask()
    page.save([live])
    saved = page.file.read_bytes()
    model.event("opened").set()
    until(lambda: _ended(page, live), "the run did not end")
    assert page.file.read_bytes() == saved
    socket.close()
    assert "The notes are fine." in page.static()["text/plain"]


def _ended(page: Visitor, live: dict[str, Any]) -> bool:
    path = Path(page.file).parent.name
    state = page.server.request("GET", f"loomkin/api/runs?path={path}")[1]
    return state.get("runs", {}).get(_run(live), {}).get("status") == "done"
