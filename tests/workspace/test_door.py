"""The local door: commands from other processes, records of dead ones removed, nonsense answered."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.workspace import door as door_module
from loomkin_jupyter.workspace.door import Door, LiveRuntime, live_runtimes, send_command


async def echo(command: dict[str, Any]) -> dict[str, Any]:
    """Answer with the command."""
    return {"ok": True, "got": command}


@pytest.fixture(autouse=True)
def own_runtime_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sockets in a folder of the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("r")))
    yield


async def test_a_command_goes_through_and_the_record_goes_away(tmp_path: Path):
    door = Door(tmp_path, echo)
    await door.open()
    (live,) = live_runtimes(tmp_path)
    assert live.pid == os.getpid()
    assert stat.S_IMODE(Path(live.socket).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(live.socket).parent.stat().st_mode) == 0o700
    reply = await run_blocking(send_command, live, {"do": "x", "text": "é\u2028"})
    assert reply == {"ok": True, "got": {"do": "x", "text": "é\u2028"}}
    await door.close()
    await door.close()
    assert live_runtimes(tmp_path) == []
    with pytest.raises(LoomkinError, match="does not answer"):
        await run_blocking(send_command, live, {"do": "x"})


async def test_malformed_lines_are_answered_and_the_line_stays_open(tmp_path: Path):
    door = Door(tmp_path, echo)
    await door.open()
    (live,) = live_runtimes(tmp_path)

    def talk() -> list[dict[str, Any]]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(60)
            line.connect(live.socket)
            line.sendall(b'not json\n[1]\n\xff\n\n{"do": "y"}\n')
            with line.makefile("rb") as answers:
                return [json.loads(answers.readline()) for _ in range(5)]

    answers = await run_blocking(talk)
    assert [answer["ok"] for answer in answers] == [False, False, False, False, True]
    await door.close()


async def test_closing_hangs_up_on_callers(tmp_path: Path):
    door = Door(tmp_path, echo)
    await door.open()
    (live,) = live_runtimes(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(60)
        line.connect(live.socket)
        line.sendall(b'{"do": "x"}\n')
        assert await run_blocking(line.recv, 1000)
        await door.close()
        assert await run_blocking(line.recv, 1000) == b""


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{",
        b"[]",
        b'{"pid": 1}',
        b'{"pid": -5, "started": 0, "socket": "x"}',
        b'{"pid": 99999999999, "started": 0, "socket": "x"}',
        b'{"pid": 1, "started": 12.5, "socket": "x"}',
    ],
)
def test_stale_and_damaged_records_are_removed(tmp_path: Path, record: bytes):
    file = tmp_path / "live" / "7.json"
    file.parent.mkdir()
    file.write_bytes(record)
    assert live_runtimes(tmp_path) == []
    assert not file.exists()


async def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mine = os.getuid()
    monkeypatch.setattr(door_module.os, "getuid", lambda: mine + 1)
    with pytest.raises(PermissionError, match="somebody else"):
        await Door(tmp_path, echo).open()


async def test_a_link_in_place_of_the_folder_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "loomkin").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(door_module, "_LONGEST_FOLDER", 4000)
    with pytest.raises(PermissionError):
        await Door(tmp_path, echo).open()


def test_a_process_that_is_gone_is_said(tmp_path: Path):
    with pytest.raises(LoomkinError, match="process 77") as failed:
        send_command(LiveRuntime(77, 0, str(tmp_path / "none.sock")), {"do": "stop"})
    assert failed.value.remedy
