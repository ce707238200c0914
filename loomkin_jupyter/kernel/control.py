# pyright: basic
"""Commands on the control channel: they arrive while a cell blocks. Handled on the control thread, which only hands over."""

from __future__ import annotations

import asyncio
from typing import Any

from loomkin_jupyter.core.messages import JsonObject

REQUEST = "loomkin_request"
REPLY = "loomkin_reply"
LONGEST_S = 30.0


def register(host: Any) -> None:
    """Have the kernel hand ``loomkin_request`` to ``host``; nothing happens without a kernel."""
    kernel = host.kernel
    handlers = getattr(kernel, "control_handlers", None)
    if handlers is None:
        return
    running: set[asyncio.Task[None]] = set()

    async def handle(stream: Any, ident: Any, parent: JsonObject) -> None:
        # Answered by a task: the control channel must stay free for interrupts while a command takes its time.
        task = asyncio.ensure_future(_answer(host, kernel, stream, ident, parent))
        running.add(task)
        task.add_done_callback(running.discard)

    handlers[REQUEST] = handle


def unregister(host: Any) -> None:
    """Take the handler out."""
    handlers = getattr(host.kernel, "control_handlers", None)
    if handlers is not None:
        handlers.pop(REQUEST, None)


async def _answer(host: Any, kernel: Any, stream: Any, ident: Any, parent: JsonObject) -> None:
    content = parent.get("content")
    command: JsonObject = content if isinstance(content, dict) else {}
    if command.get("do") == "announce":
        reply: JsonObject = {"ok": True, "open": host.workspace is not None, "workspace": str(host.root or "")}
    elif command.get("do") == "feed":
        host.feeds.adopt(command.get("comm", ""))
        reply = {"ok": True}
    else:
        reply = await _bounded(host, command)
    kernel.session.send(
        stream, REPLY, {"status": "ok" if reply.get("ok") else "error", **reply}, parent=parent, ident=ident
    )


async def _bounded(host: Any, command: JsonObject) -> JsonObject:
    future = asyncio.wrap_future(host.commands(command))
    try:
        return await asyncio.wait_for(future, LONGEST_S)
    except TimeoutError:
        return {"ok": False, "error": f"The team did not answer within {LONGEST_S:g} s.", "remedy": "Try again."}
