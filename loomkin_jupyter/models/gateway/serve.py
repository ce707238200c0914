"""Reads frames, runs one task per call, writes frames; ends when the parent hangs up or is gone. Never retries."""

from __future__ import annotations

import asyncio
import os

from loomkin_jupyter.models import frames

_PARENT_LOOK_S = 0.5


async def serve(frames_in: int, frames_out: int, parent: int) -> None:
    """Serve calls over the two descriptors until the parent process ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(frames_in, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop), os.fdopen(frames_out, "wb", 0)
    )
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    # A forked worker of the parent can hold the pipe open, so its end alone does not tell that the parent died.
    watch = asyncio.create_task(_until_orphaned(parent))
    work = asyncio.create_task(_work(reader, writer))
    done, pending = await asyncio.wait({watch, work}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()


async def _until_orphaned(parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody can set an event for a death
        await asyncio.sleep(_PARENT_LOOK_S)


async def _work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # The import takes seconds; frames that arrive meanwhile wait in the pipe.
    from loomkin_jupyter.models.gateway import call

    def send(frame: frames.ToClient) -> None:
        writer.write(frames.encode(frame))

    send(frames.Ready(os.getpid()))
    running: dict[int, asyncio.Task[None]] = {}
    while (body := await frames.read(reader)) is not None:
        frame = frames.TO_GATEWAY.decode(body)
        match frame:
            case frames.StartCall():
                task = asyncio.create_task(call.run(frame, send))
                running[frame.call] = task
                task.add_done_callback(lambda _, number=frame.call: running.pop(number, None))
            case frames.CancelCall():
                if (cancelled := running.get(frame.call)) is not None:
                    cancelled.cancel()
            case frames.CountTokens():
                send(frames.Counted(frame.call, call.count(frame.model, frame.text)))
    for task in list(running.values()):
        task.cancel()
