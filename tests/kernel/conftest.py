# pyright: basic
"""A real kernel in a process of its own, with a project folder and a scripted model."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, steps

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

    def interrupt(self) -> None:
        """Press ■."""
        self.manager.interrupt_kernel()

    def close(self) -> None:
        """End the kernel and its children, by their ids."""
        children = psutil.Process(self.manager.provisioner.pid).children(recursive=True)  # type: ignore[union-attr]
        self.client.stop_channels()
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder."""
    project = tmp_path / f"project-{uuid.uuid4().hex[:6]}"
    project.mkdir()
    (project / "LOOMKIN.md").write_text("# Rules\n")
    return project


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Folders of the test's own instead of the person's."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    return {
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    """A model that answers once and is done."""
    with ScriptedServer(steps({"lead": [Reply(text="Twelve columns, no nulls.")]})) as server:
        yield server


@pytest.fixture
def kernel(folder: Path, environment: dict[str, str], model: ScriptedServer) -> Iterator[LiveKernel]:
    """An attended kernel with the extension loaded."""
    live = LiveKernel(folder, {**environment, **model.environment(), "LOOMKIN_MODEL": "openai/scripted"})
    loaded = live.run("%load_ext loomkin_jupyter")
    assert not loaded["error"], loaded
    yield live
    live.close()
