"""The local door: a Unix socket through which other processes of the same person command a live workspace.

One JSON object per line in, one per line out; the same commands as everywhere (``commands.py``). The socket lies in the
person's runtime folder with mode 0600, and ``.loomkin/live/<pid>.json`` names it, with the start time of its process,
so that a dead process's file is recognised. Never listens on the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import psutil

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.messages import JsonObject

Handler = Callable[[JsonObject], Awaitable[JsonObject]]
_LONGEST_LINE = 4_000_000
_LONGEST_FOLDER = 60
_GRACE_S = 2.0


class LiveRuntime(msgspec.Struct, frozen=True):
    """Who has the workspace open: process, its start time, and the socket it listens on."""

    pid: int
    started: float
    socket: str


class Door:
    """Serves commands while the workspace is open."""

    def __init__(self, folder: Path, handler: Handler) -> None:
        self._record = folder / "live" / f"{os.getpid()}.json"
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        self._socket = _runtime_folder() / f"{name}-{os.getpid()}.sock"
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._closing = False

    async def open(self) -> None:
        """Listen; raises OSError where Unix sockets or the runtime folder cannot be had."""
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("this system has no Unix sockets")
        _own_folder(self._socket.parent)
        self._socket.unlink(missing_ok=True)
        # The folder is open to nobody else, so there is no moment in which a stranger could connect.
        self._server = await asyncio.start_unix_server(self._serve, str(self._socket), limit=_LONGEST_LINE)
        self._socket.chmod(0o600)
        self._record.parent.mkdir(parents=True, exist_ok=True)
        live = LiveRuntime(os.getpid(), psutil.Process().create_time(), str(self._socket))
        fresh = self._record.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(live))
        fresh.replace(self._record)  # whole or not at all: a reader takes half a record for a dead process's

    async def close(self) -> None:
        """Stop listening, hang up, and take the record away."""
        self._closing = True
        self._record.unlink(missing_ok=True)
        if self._server is None:
            return
        self._server.close()
        if self._busy:  # the stop that ended the run is still to be answered
            await asyncio.wait(set(self._busy), timeout=_GRACE_S)
        for task in list(self._callers):
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        self._socket.unlink(missing_ok=True)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._callers.add(task)
        try:
            while line := await reader.readline():
                self._busy.add(task)
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
                self._busy.discard(task)
                if self._closing:
                    return
        except (ConnectionError, ValueError, asyncio.CancelledError):
            return  # the caller went away, sent a line beyond the limit, or the door closes
        finally:
            self._callers.discard(task)
            self._busy.discard(task)
            writer.close()

    async def _answer(self, line: bytes) -> JsonObject:
        try:
            command = msgspec.json.decode(line, type=JsonObject)
        except msgspec.DecodeError:
            return {"ok": False, "error": "A command is one JSON object on one line.", "remedy": ""}
        return await self._handler(command)


def _runtime_folder() -> Path:
    """Return a folder of this person's own whose path leaves room for a socket's name."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and len(given) <= _LONGEST_FOLDER and Path(given).is_dir():
        return Path(given) / "loomkin"
    person = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"loomkin-{person}"


def _own_folder(folder: Path) -> None:
    """Make ``folder`` this person's alone, or raise PermissionError when it is somebody else's or a link."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def live_runtimes(folder: Path) -> list[LiveRuntime]:
    """Return the processes that have this workspace folder open; records of dead ones are removed."""
    found: list[LiveRuntime] = []
    for record in sorted((folder / "live").glob("*.json")):
        try:
            live = msgspec.json.decode(record.read_bytes(), type=LiveRuntime)
            alive = abs(psutil.Process(live.pid).create_time() - live.started) < 1
        except FileNotFoundError:
            continue  # closed in this moment
        except (msgspec.DecodeError, OSError, psutil.Error, ValueError, OverflowError):
            alive, live = False, LiveRuntime(0, 0, "")
        if alive:
            found.append(live)
        else:
            with contextlib.suppress(OSError):  # in a folder that is read-only for us it stays
                record.unlink(missing_ok=True)
    return found


def send_command(live: LiveRuntime, command: JsonObject, timeout_s: float = 30.0) -> JsonObject:
    """Send one command to a live workspace and return its reply.

    :raises LoomkinError: when it does not answer in time or has gone.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.settimeout(timeout_s)
            door.connect(live.socket)
            door.sendall(json.dumps(command).encode() + b"\n")
            with door.makefile("rb") as answers:
                return msgspec.json.decode(answers.readline(), type=JsonObject)
    except msgspec.DecodeError:
        raise LoomkinError(f"The running team (process {live.pid}) closed the connection.", "Try again.") from None
    except OSError as failed:
        raise LoomkinError(
            f"The running team (process {live.pid}) does not answer: {failed or type(failed).__name__}.",
            "Is its kernel suspended? Try again, or stop the process.",
        ) from None
