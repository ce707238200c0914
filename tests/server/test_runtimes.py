# pyright: basic
"""What the server says of a kernel: stale files, other protocols, other languages, a kernel without the package."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from loomkin_jupyter.server.runtimes import runtime_file

_WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "loomkin_jupyter":
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Absent())
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""
KERNELS = {
    "speaks-r": {"language": "R", "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]},
    "without": {
        "language": "python",
        "argv": [
            sys.executable,
            "-c",
            _WITHOUT,
            "-f",
            "{connection_file}",
        ],
    },
}


def _written(folder: Path, kernel: str, **fields: Any) -> None:
    own = {"pid": os.getpid(), "start_time": psutil.Process().create_time(), "workspace": "", "protocol": 1}
    (folder / f"loomkin-{kernel}.json").write_text(json.dumps({**own, **fields}))


def test_only_the_file_of_a_living_process_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    _written(tmp_path, "lives")
    _written(tmp_path, "restarted", start_time=1.0)
    (tmp_path / "loomkin-broken.json").write_text("{")
    (tmp_path / "loomkin-list.json").write_text("[]")
    assert (runtime_file("lives") or {})["protocol"] == 1
    assert [runtime_file(kernel) for kernel in ("restarted", "broken", "list", "nobody")] == [None] * 4


def _kernel(server: Any, name: str) -> str:
    folder = server.folder.parent / ".local" / "share" / "jupyter" / "kernels" / name
    if name in KERNELS:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps({"display_name": name, **KERNELS[name]}))
    status, made = server.request("POST", "api/kernels", {"name": name})
    assert status == 201, made
    return str(made["id"])


def _settled(server: Any, kernel: str) -> dict[str, Any]:
    path = f"loomkin/api/kernels/{kernel}/runtime"
    status, said = server.request("POST", path)
    assert status in (200, 202)
    until = time.monotonic() + 120
    while said["state"] in ("starting", "queued behind a cell") and time.monotonic() < until:
        said = server.request("GET", path)[1]
    return said


def test_a_kernel_of_another_language_is_told(server: Any) -> None:
    said = _settled(server, _kernel(server, "speaks-r"))
    assert said["state"] == "unsupported language"
    assert said["remedy"]


def test_a_kernel_without_the_package_is_told_how_to_install_it(server: Any) -> None:
    said = _settled(server, _kernel(server, "without"))
    assert said["state"] == "not installed"
    assert "pip install loomkin-jupyter" in said["remedy"]


def test_another_protocol_is_told(server: Any) -> None:
    kernel = _kernel(server, "python3")
    _written(server.folder.parent / "runtime", kernel, protocol=99)
    said = server.request("GET", f"loomkin/api/kernels/{kernel}/runtime")[1]
    assert said["state"] == "protocol mismatch"
    assert "99" in said["remedy"]
