"""A step that must not be torn apart by a cancellation: a commit and the change in memory that follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def uninterrupted(step: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """Await ``step`` to its end. A cancellation that comes meanwhile is raised afterwards, never lost.

    Keep the step short: whoever cancels waits for it.
    """
    task = asyncio.ensure_future(step)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except BaseException:  # the step's own, which its result tells
            break
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at: the cancellation is what the caller hears
        raise cancelled
    return task.result()
