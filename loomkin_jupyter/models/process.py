"""The gateway's process as the client sees it: started, fed with frames, its death told to every open call. Never retries."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import Mapping

import msgspec

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.models import frames

_START_S = 120.0
_STOP_S = 2.0


class Died(msgspec.Struct, frozen=True):
    """The process is gone; ``words`` is the end of what it wrote to stderr."""

    words: str


Reply = frames.ToClient | Died


class GatewayProcess:
    """One running gateway. Lives on the loop that started it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._calls: dict[int, asyncio.Queue[Reply]] = {}
        self._ready = asyncio.Event()
        self._errors: deque[str] = deque(maxlen=20)
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._overhear())]
        self.alive = True

    @classmethod
    async def start(cls, environment: Mapping[str, str]) -> GatewayProcess:
        """Start a gateway with ``environment`` (the keys are in it) and wait until it has loaded LiteLLM.

        :raises ModelFailed: when it does not come up.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "loomkin_jupyter.models.gateway", str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            limit=1 << 20,
            # An interrupted cell signals the kernel's whole process group: the gateway is not meant.
            start_new_session=True,
        )
        gateway = cls(process)
        try:
            async with asyncio.timeout(_START_S):
                await gateway._ready.wait()
        except TimeoutError:
            await gateway.stop()
            raise ModelFailed(
                "gateway", f"The model gateway did not start within {_START_S:g} s.", "Run `loomkin doctor`."
            ) from None
        except asyncio.CancelledError:
            gateway.kill()
            await gateway.stop()  # its end is waited for, or the loop could close before it is told of
            raise
        return gateway

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def open_calls(self) -> int:
        """How many calls are under way."""
        return len(self._calls)

    def open(self, call: int) -> asyncio.Queue[Reply]:
        """Return the queue on which the frames of ``call`` will arrive."""
        queue = self._calls[call] = asyncio.Queue()
        if not self.alive:
            queue.put_nowait(Died(self._last_words()))
        return queue

    def forget(self, call: int) -> None:
        """Drop the queue of ``call``."""
        self._calls.pop(call, None)

    def send(self, frame: frames.ToGateway) -> None:
        """Send a frame; to a dead gateway it is lost, and the call's queue tells so."""
        if self.alive and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(frames.encode(frame))

    async def stop(self) -> None:
        """Hang up, wait a moment, then kill."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self) -> None:
        """Kill the process if it is still there."""
        try:
            self._process.kill()
        except ProcessLookupError:
            pass

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while (body := await frames.read(self._process.stdout)) is not None:
                frame = frames.TO_CLIENT.decode(body)
                if isinstance(frame, frames.Ready):
                    self._ready.set()
                elif (queue := self._calls.get(frame.call)) is not None:
                    queue.put_nowait(frame)
        except (ValueError, msgspec.DecodeError) as error:
            self._errors.append(f"the gateway sent something that is no frame: {error}")
            self.kill()
        finally:
            self.alive = False
            self._ready.set()
            for queue in self._calls.values():
                queue.put_nowait(Died(self._last_words()))
            if self._process.stdin is not None:
                self._process.stdin.close()

    async def _overhear(self) -> None:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            self._errors.append(line.decode(errors="replace").rstrip())

    def _last_words(self) -> str:
        return next((line for line in reversed(self._errors) if line.strip()), "")
