"""The gateway's loop over real pipes: ready, answers, and the end when the parent hangs up or was never there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from loomkin_jupyter.models import frames


def _talk(sent: list[frames.ToGateway]) -> list[frames.ToClient]:
    done = subprocess.run(
        [sys.executable, "-m", "loomkin_jupyter.models.gateway", str(os.getpid())],
        input=b"".join(map(frames.encode, sent)), capture_output=True, timeout=240, check=True,
    )  # fmt: skip

    async def read() -> list[frames.ToClient]:
        reader = asyncio.StreamReader()
        reader.feed_data(done.stdout)
        reader.feed_eof()
        found: list[frames.ToClient] = []
        while (body := await frames.read(reader)) is not None:
            found.append(frames.TO_CLIENT.decode(body))
        return found

    return asyncio.run(read())


def test_frames_are_answered_in_order_and_cancelling_nothing_does_nothing() -> None:
    first, *rest = _talk(
        [
            frames.CancelCall(9),
            frames.CountTokens(1, "openai/gpt-4o-mini", "a b c"),
            frames.CountTokens(2, "nobody/unknown", "x" * 400),
        ]
    )
    assert isinstance(first, frames.Ready)
    assert [frame.call for frame in rest if isinstance(frame, frames.Counted)] == [1, 2]
    assert all(isinstance(frame, frames.Counted) and frame.tokens > 0 for frame in rest)


def test_a_gateway_of_another_parent_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loomkin_jupyter.models.gateway", "1"], stdin=subprocess.PIPE, capture_output=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0
