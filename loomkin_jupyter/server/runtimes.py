# pyright: basic
"""Where a kernel's team is: the runtime file, and what the server knows of the kernel. Bounded waits; never raises for a kernel."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import psutil
from jupyter_core.paths import jupyter_runtime_dir

from loomkin_jupyter.core.messages import JsonObject

PROTOCOL = 1
OLDEST_PROTOCOL = 1
ANSWER_S = 40.0
LOAD_CODE = "%load_ext loomkin_jupyter"


def runtime_file(kernel_id: str) -> JsonObject | None:
    """Return what the kernel's runtime wrote of itself, or None; a dead process's file counts as none."""
    path = Path(jupyter_runtime_dir()) / f"loomkin-{kernel_id}.json"
    try:
        found: JsonObject = json.loads(path.read_text(encoding="utf-8"))
        alive = abs(psutil.Process(int(found["pid"])).create_time() - float(found["start_time"])) < 1
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return found if alive else None


def runtime_state(manager: Any, kernel_id: str, starting: dict[str, Any]) -> JsonObject:
    """Return ``{"state": …}`` of a kernel that the server runs.

    none, starting, queued behind a cell, live, unsupported language, not installed, or protocol mismatch.
    """
    found = runtime_file(kernel_id)
    if found is not None:
        starting.pop(kernel_id, None)
        protocol = found.get("protocol", 0)
        if not isinstance(protocol, int) or not OLDEST_PROTOCOL <= protocol <= PROTOCOL:
            remedy = f"The kernel speaks protocol {protocol}, the server {PROTOCOL}: install the same version in both environments."
            return {"state": "protocol mismatch", "remedy": remedy}
        return {"state": "live", "workspace": found.get("workspace", ""), "protocol": protocol}
    if not speaks_python(manager, kernel_id):
        return {
            "state": "unsupported language",
            "remedy": "Loomkin runs in Python kernels; switch the notebook's kernel.",
        }
    task = starting.get(kernel_id)
    if task is None:
        return {"state": "none"}
    if task.done():
        starting.pop(kernel_id, None)
        problem = "" if task.cancelled() else (str(task.exception()) if task.exception() else task.result())
        if problem:
            remedy = "Run `%pip install loomkin-jupyter` in the notebook and restart its kernel."
            return {"state": "not installed", "error": problem, "remedy": remedy}
        return {"state": "none"}
    busy = getattr(manager.get_kernel(kernel_id), "execution_state", "") == "busy"
    return {"state": "queued behind a cell" if busy else "starting"}


def speaks_python(manager: Any, kernel_id: str) -> bool:
    """Return whether the kernel's specification says Python."""
    spec = getattr(manager.get_kernel(kernel_id), "kernel_spec", None)
    return spec is None or str(getattr(spec, "language", "")).lower() in ("", "python")


async def load_extension(manager: Any, kernel_id: str) -> str:
    """Load the IPython extension without user code in the notebook; return '' or what went wrong."""
    client = manager.get_kernel(kernel_id).client()
    client.start_channels(iopub=False, stdin=False, hb=False, control=False)
    try:
        message = client.execute(LOAD_CODE, silent=True, store_history=False, allow_stdin=False)
        while True:
            reply = await client.get_shell_msg(timeout=None)
            if reply["parent_header"].get("msg_id") == message:
                content = reply["content"]
                return (
                    "" if content["status"] == "ok" else f"{content.get('ename', 'Error')}: {content.get('evalue', '')}"
                )
    finally:
        client.stop_channels()


async def send_command(manager: Any, kernel_id: str, command: JsonObject, timeout_s: float = ANSWER_S) -> JsonObject:
    """Send a command over the control channel (it works while a cell blocks) and return the reply.

    :raises TimeoutError: when the kernel does not answer in time.
    """
    client = manager.get_kernel(kernel_id).client()
    client.start_channels(shell=False, iopub=False, stdin=False, hb=False, control=True)
    try:
        message = client.session.msg("loomkin_request", command)
        client.control_channel.send(message)
        async with asyncio.timeout(timeout_s):
            while True:
                reply = await client.control_channel.get_msg(timeout=None)
                if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                    return dict(reply["content"])
    finally:
        client.stop_channels()
