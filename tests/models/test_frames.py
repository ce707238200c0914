"""Frames survive the way through a pipe, and a cut one is the end."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models import frames


async def test_frames_come_back_whole_and_a_cut_one_is_the_end():
    sent = [
        frames.Ready(1),
        frames.Delta(2, "é"),
        frames.Done(2, "é", [ToolCall("c", "n", "{")], "stop", "", Usage(1, 2)),
    ]
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(map(frames.encode, sent)) + b"\x00\x00\x00\x09abc")
    reader.feed_eof()
    found: list[frames.ToClient] = []
    while (body := await frames.read(reader)) is not None:
        found.append(frames.TO_CLIENT.decode(body))
    assert found == sent


async def test_an_impossible_length_is_refused():
    reader = asyncio.StreamReader()
    reader.feed_data(b"HTTP/1.1 200 OK")
    with pytest.raises(ValueError, match="bytes"):
        await frames.read(reader)
