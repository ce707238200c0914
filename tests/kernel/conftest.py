# pyright: basic
"""A real kernel in a process of its own, with a project folder and a scripted model."""

from __future__ import annotations

import os
import queue
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager

from loomkin_jupyter.testing.scripted import ScriptedServer, in_order

LONG = 120.0


class LiveKernel:
    """Runs cells and sends control messages; ends every process that the kernel started."""

    def __init__(self, folder: Path, environment: dict[str, str], *, attended: bool = True) -> None:
        self.folder = folder
        self.attended = attended
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **environment}, extra_arguments=[])
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LONG)

    @property
    def id(self) -> str:
        """The kernel id as the connection file has it."""
        return Path(self.manager.connection_file).stem.removeprefix("kernel-")

    def restart(self) -> None:
        """Put a new process in the place of the one that was killed; return when it is heard on every channel."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=LONG)
        # Shell and iopub are connected again each in its own time: a cell's end would be missed in between.
        until = time.monotonic() + LONG
        while time.monotonic() < until:
            message = self.client.kernel_info()
            while self.client.get_shell_msg(timeout=LONG)["parent_header"].get("msg_id") != message:
                pass
            try:
                while True:
                    said = self.client.get_iopub_msg(timeout=0.5)
                    if (
                        said["parent_header"].get("msg_id") == message
                        and said["content"].get("execution_state") == "idle"
                    ):
                        return
            except queue.Empty:
                continue
        raise TimeoutError("the new kernel is not heard")

    def send(self, code: str) -> str:
        """Start a cell and return its message id."""
        return str(self.client.execute(code, allow_stdin=self.attended))

    def finish(self, message: str, timeout: float = LONG) -> dict[str, Any]:
        """Wait for a cell; return text printed, displays, updates, and the error."""
        out: dict[str, Any] = {"text": "", "displays": [], "updates": [], "error": "", "comms": []}
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            said = self.client.get_iopub_msg(timeout=max(0.1, until - time.monotonic()))
            kind, content = said["msg_type"], said["content"]
            self._note(out, kind, content)
            mine = said["parent_header"].get("msg_id") == message
            if mine and kind == "status" and content["execution_state"] == "idle":
                self.client.get_shell_msg(timeout=timeout)
                return out
        raise TimeoutError("the cell did not end")

    def run(self, code: str, timeout: float = LONG) -> dict[str, Any]:
        """Run a cell to its end."""
        return self.finish(self.send(code), timeout)

    def wait_update(self, timeout: float = LONG) -> dict[str, Any]:
        """Wait for an update of a displayed output."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            said = self.client.get_iopub_msg(timeout=max(0.1, until - time.monotonic()))
            if said["msg_type"] == "update_display_data":
                return dict(said["content"]["data"])
        raise TimeoutError("no output was updated")

    def control(self, command: dict[str, Any], timeout: float = LONG) -> dict[str, Any]:
        """Send a command on the control channel and return the reply's content."""
        message = self.client.session.msg("loomkin_request", command)
        self.client.control_channel.send(message)
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            reply = self.client.control_channel.get_msg(timeout=max(0.1, until - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return dict(reply["content"])
        raise TimeoutError("no reply on the control channel")

    def state(self) -> dict[str, Any]:
        """Return the state that views show, over the control channel: it works while a cell blocks."""
        return dict(self.control({"do": "snapshot"})["state"])

    def until(self, found: Callable[[dict[str, Any]], Any], timeout: float = LONG) -> Any:
        """Look at the state until ``found`` returns something."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if value := found(self.state()):
                return value
        raise TimeoutError("the state never got there")

    def question(self) -> dict[str, Any]:
        """Wait for an open question and return it."""
        return dict(self.until(lambda s: next((q for q in s["questions"].values() if q["state"] == "open"), None)))

    def interrupt(self) -> None:
        """Press ■."""
        self.manager.interrupt_kernel()

    def close(self) -> None:
        """End the kernel and its children, by their ids."""
        self.client.stop_channels()
        try:
            children = psutil.Process(self.manager.provisioner.pid).children(recursive=True)  # type: ignore[union-attr]
        except (psutil.Error, AttributeError, TypeError):
            children = []  # the test has ended the kernel
        self.manager.shutdown_kernel(now=True)
        for child in children:
            if child.is_running():
                child.kill()
        self.manager.cleanup_resources()

    def _note(self, out: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            out["text"] += content["text"]
        elif kind in ("display_data", "execute_result"):
            out["displays"].append(content["data"])
        elif kind == "update_display_data":
            out["updates"].append(content["data"])
        elif kind == "error":
            out["error"] = "\n".join(content["traceback"])
        elif kind == "comm_open":
            out["comms"].append(content["target_name"])


def make_folder(parent: Path) -> Path:
    """Return a new project folder."""
    project = parent / f"project-{uuid.uuid4().hex[:6]}"
    project.mkdir()
    (project / "LOOMKIN.md").write_text("# Rules\n")
    return project


def own_environment(parent: Path) -> dict[str, str]:
    """Return folders of the test's own instead of the person's."""
    runtime = parent / "runtime"
    runtime.mkdir()
    return {
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(parent / "ipython"),
        "HOME": str(parent),
        "XDG_RUNTIME_DIR": str(runtime),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LOOMKIN_MODEL": "openai/scripted",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder that the tests of a module share."""
    return make_folder(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Folders of the module's own instead of the person's."""
    return own_environment(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedServer]:
    """The scripted model that the kernels of a module talk to."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def model(endpoint: ScriptedServer) -> ScriptedServer:
    """The scripted model with a clean slate: give it a ``script``; without one it says that it is done."""
    endpoint.script = in_order()
    endpoint.requests.clear()
    return endpoint


@pytest.fixture(scope="module")
def shared(folder: Path, environment: dict[str, str], endpoint: ScriptedServer) -> Iterator[LiveKernel]:
    """An attended kernel with the extension loaded, for all tests of a module."""
    live = LiveKernel(folder, {**environment, **endpoint.environment()})
    loaded = live.run("%load_ext loomkin_jupyter")
    assert not loaded["error"], loaded
    yield live
    live.close()


@pytest.fixture
def kernel(shared: LiveKernel, model: ScriptedServer) -> LiveKernel:
    """The module's kernel."""
    return shared
