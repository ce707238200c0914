"""Running a program: own process group, streamed output, true exit code, and nothing left behind.

The program does not begin before its process group and start time are committed with the intent, so that a resume
after a kill can always find what is left of it. Standard input is empty. Never asks for permission: the pipeline has.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.store import intents
from loomkin_jupyter.tools.context import ToolContext

_TERM_GRACE_S = 0.5
_KILL_WAIT_S = 5.0
_DRAIN_S = 0.5
_MOST_KEPT = 4_000_000
# Waits for one line before it becomes the program. If this process dies first, the line never comes and it ends.
_GATE = ("/bin/sh", "-c", 'read -r _go && exec "$@" </dev/null', "loomkin")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program did. ``code`` is negative for a signal, None when it was stopped at its limit."""

    code: int | None
    text: str
    dropped: int = 0

    @property
    def timed_out(self) -> bool:
        """Whether the limit ended it."""
        return self.code is None


class _Collected:
    """Output so far, decoded, bounded: beyond the bound the middle is dropped and counted."""

    def __init__(self, ctx: ToolContext, quiet: bool) -> None:
        self._ctx = ctx
        self._quiet = quiet
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._head: list[str] = []
        self._kept = 0
        self._tail = ""
        self._dropped = 0

    def add(self, data: bytes, final: bool = False) -> None:
        text = self._decoder.decode(data, final)
        if not text:
            return
        if not self._quiet:
            self._ctx.output(text)
        room = _MOST_KEPT // 2 - self._kept
        if room > 0:
            self._head.append(text[:room])
            self._kept += len(self._head[-1])
            text = text[room:]
        self._tail += text
        excess = len(self._tail) - _MOST_KEPT // 2
        if excess > 0:
            self._dropped += excess
            self._tail = self._tail[excess:]

    def finished(self, code: int | None) -> Finished:
        gap = f"\n… {self._dropped} characters were not kept …\n" if self._dropped else ""
        return Finished(code, "".join(self._head) + gap + self._tail, self._dropped)


async def run_program(
    ctx: ToolContext,
    argv: Sequence[str],
    *,
    cwd: str,
    environment: dict[str, str],
    limit_s: float,
    pass_fds: Sequence[int] = (),
    quiet: bool = False,
) -> Finished:
    """Run ``argv`` to its end or for ``limit_s`` seconds; its whole process group is gone when this returns or raises.

    Standard output and error come as one text. Cancelling kills the group within a second.
    """
    read_end, write_end = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *_GATE,
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=write_end,
            stderr=write_end,
            cwd=cwd,
            env=environment,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    except (OSError, ValueError) as failed:
        os.close(read_end)
        os.close(write_end)
        raise ToolFailed(f"{argv[0]} could not be started: {failed}") from None
    os.close(write_end)
    output = _Collected(ctx, quiet)
    reading = asyncio.ensure_future(_read(read_end, output))
    try:
        await _release(ctx, process)
        code = await _wait(ctx, process, limit_s)
    finally:
        await asyncio.shield(asyncio.ensure_future(kill_group(process)))
        await asyncio.wait({reading}, timeout=_DRAIN_S)
        reading.cancel()
    return output.finished(code)


async def _release(ctx: ToolContext, process: asyncio.subprocess.Process) -> None:
    """Commit who the process is, then let it begin."""
    caller = ctx.caller
    try:
        started = psutil.Process(process.pid).create_time()
    except psutil.Error:
        started = ctx.services.clock.now()
    pid = process.pid
    await ctx.services.store.transact(
        lambda tx: intents.note_process(tx, caller.call, pid, started, agent=caller.agent, team=caller.team)
    )
    assert process.stdin is not None
    try:
        process.stdin.write(b"\n")
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended already; the exit code tells why
    process.stdin.close()


async def _wait(ctx: ToolContext, process: asyncio.subprocess.Process, limit_s: float) -> int | None:
    ending = asyncio.ensure_future(process.wait())
    timer = asyncio.ensure_future(ctx.services.clock.sleep(limit_s))
    try:
        await asyncio.wait({ending, timer}, return_when=asyncio.FIRST_COMPLETED)
        return ending.result() if ending.done() else None
    finally:
        timer.cancel()
        ending.cancel()


async def _read(descriptor: int, output: _Collected) -> None:
    """Collect until every writer has gone, or until it is cancelled: a child in the background may hold the pipe open."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        while data := await reader.read(1 << 16):
            output.add(data)
    finally:
        output.add(b"", final=True)
        transport.close()


async def kill_group(process: asyncio.subprocess.Process) -> None:
    """End the process group: TERM, half a second later KILL; also what the program left in the background."""
    group = process.pid
    if not _signal(group, signal.SIGTERM):
        await process.wait()
        return
    # Real time on purpose: the machine's processes do not know the injected clock.
    deadline = asyncio.get_running_loop().time() + _TERM_GRACE_S
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None and not _signal(group, 0):
            return
        await asyncio.sleep(0.02)
    _signal(group, signal.SIGKILL)
    await asyncio.wait_for(process.wait(), _KILL_WAIT_S)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
