"""A step that was begun is finished, and the cancellation is raised all the same."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.runtime.uninterrupted import uninterrupted


async def test_a_cancelled_step_is_finished_and_the_cancellation_raised() -> None:
    begun, go, done = asyncio.Event(), asyncio.Event(), list[str]()

    async def step() -> None:
        begun.set()
        await go.wait()
        done.append("done")

    task = asyncio.ensure_future(uninterrupted(step()))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["done"]


async def test_values_and_errors_pass_through() -> None:
    async def value() -> int:
        return 3

    async def error() -> int:
        raise ValueError("no")

    assert await uninterrupted(value()) == 3
    with pytest.raises(ValueError, match="no"):
        await uninterrupted(error())
