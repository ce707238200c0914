# pyright: basic
"""The extension as Jupyter finds it: by the configuration that the wheel installs; no request makes it fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CONFIG = Path(__file__).parents[2] / "jupyter-config" / "jupyter_server_config.d"
WORD = st.text(st.characters(codec="ascii", exclude_characters="/?#% \x7f", min_codepoint=33), min_size=1, max_size=12)
VALUE = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda v: st.lists(v, max_size=3))
RESTS = ("runtime", "command")
READS = ("tasks", "graph", "runs", "costs", "state", "health")


def test_jupyter_lists_the_extension_as_ok(tmp_path: Path) -> None:
    home = tmp_path / "config"
    home.mkdir()
    (home / "jupyter_server_config.d").symlink_to(CONFIG)
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter_server", "extension", "list"],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_NO_CONFIG": ""},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = listed.stdout + listed.stderr
    lines = said.splitlines()
    at = next(i for i, line in enumerate(lines) if "loomkin_jupyter" in line)
    assert "enabled" in said
    assert any("OK" in line for line in lines[at : at + 4]), said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    kernel=WORD,
    rest=st.sampled_from(RESTS),
    body=st.dictionaries(st.sampled_from(["do", "agent", "x"]), VALUE, max_size=3),
)
def test_no_request_about_a_kernel_is_the_servers_fault(
    server: Any, method: str, kernel: str, rest: str, body: Any
) -> None:
    status, _ = server.request(method, f"loomkin/api/kernels/{kernel}/{rest}", raw=json.dumps(body).encode())
    assert status < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=st.sampled_from(READS), query=st.binary(max_size=12))
def test_no_reading_is_the_servers_fault(server: Any, what: str, query: bytes) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in query)
    status, _ = server.request("GET", f"loomkin/api/{what}?path={quoted}")
    assert status < 500
