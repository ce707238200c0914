# pyright: basic
"""REST as a page uses it."""

from __future__ import annotations

import time
from typing import Any

import pytest

ROUTES = [
    ("GET", "loomkin/api/health"),
    ("GET", "loomkin/api/kernels/x/runtime"),
    ("POST", "loomkin/api/kernels/x/runtime"),
    ("POST", "loomkin/api/kernels/x/command"),
    ("GET", "loomkin/api/tasks"),
    ("GET", "loomkin/static/run_card.js"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_strangers_are_turned_away(server: Any, method: str, path: str) -> None:
    status, _ = server.request(method, path, token=False)
    assert status in (302, 401, 403) or (method == "GET" and "login" in str(_).lower())


def test_health_names_version_and_protocol(server: Any) -> None:
    status, said = server.request("GET", "loomkin/api/health")
    assert (status, said["ok"], said["protocol"]) == (200, True, 1)


@pytest.mark.parametrize("raw", [b"[]", b"{", b'"x"', b"", b'{"do": 3}', b"\xff\xfe", b"[" * 5000])
def test_bad_commands_are_the_callers_fault(server: Any, raw: bytes) -> None:
    status, said = server.request("POST", "loomkin/api/kernels/x/command", raw=raw)
    assert status == 400
    assert said["remedy"]


def test_unknown_kernels_and_paths_are_told(server: Any) -> None:
    assert server.request("GET", "loomkin/api/kernels/nobody/runtime")[0] == 404
    assert server.request("POST", "loomkin/api/kernels/nobody/command", {"do": "stop"})[0] == 404
    assert server.request("GET", "loomkin/api/tasks?path=../../etc")[0] == 400
    assert server.request("GET", "loomkin/api/tasks?path=%00")[0] == 400
    assert server.request("GET", "loomkin/static/../extension.py")[0] in (403, 404)


def test_a_runtime_is_started_without_user_code_and_takes_commands(server: Any) -> None:
    status, kernel = server.request("POST", "api/kernels", {"name": "python3"})
    assert status == 201
    path = f"loomkin/api/kernels/{kernel['id']}"
    assert server.request("GET", f"{path}/runtime")[1] == {"state": "none"}
    assert server.request("POST", f"{path}/command", {"do": "stop"})[0] == 409
    status, said = server.request("POST", f"{path}/runtime")
    assert said["state"] in ("starting", "queued behind a cell")
    until = time.monotonic() + 90
    while said["state"] != "live" and time.monotonic() < until:
        said = server.request("GET", f"{path}/runtime")[1]
        assert said["state"] in ("starting", "queued behind a cell", "live"), said
    assert said["state"] == "live"
    status, reply = server.request("POST", f"{path}/command", {"do": "announce"})
    assert (status, reply["ok"]) == (200, True)
    assert server.request("DELETE", f"api/kernels/{kernel['id']}")[0] == 204
