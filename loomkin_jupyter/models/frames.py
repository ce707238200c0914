"""The words between client and gateway: MessagePack records, each behind four bytes of length. Never does I/O of its own."""

from __future__ import annotations

import asyncio
import struct

import msgspec

from loomkin_jupyter.core.messages import JsonObject, ToolCall
from loomkin_jupyter.core.usage import Usage

_LENGTH = struct.Struct(">I")
MOST_BYTES = 256 * 1024 * 1024


class StartCall(msgspec.Struct, frozen=True, tag="call"):
    """Client: begin a model call; ``timeout_s`` of silence ends it."""

    call: int
    model: str
    messages: list[JsonObject]
    tools: list[JsonObject]
    max_output: int
    temperature: float | None
    timeout_s: float


class CancelCall(msgspec.Struct, frozen=True, tag="cancel"):
    """Client: nobody waits for this call any more."""

    call: int


class CountTokens(msgspec.Struct, frozen=True, tag="count"):
    """Client: how many tokens is this text?"""

    call: int
    model: str
    text: str


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Gateway: LiteLLM is loaded."""

    pid: int


class Delta(msgspec.Struct, frozen=True, tag="delta"):
    """Gateway: a piece of text; an empty one says that the provider is at work."""

    call: int
    text: str
    reasoning: bool = False


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Gateway: the whole answer."""

    call: int
    text: str
    calls: list[ToolCall]
    finish: str
    reasoning: str
    usage: Usage
    estimated: bool = False


class CallFailed(msgspec.Struct, frozen=True, tag="failed"):
    """Gateway: the call failed; ``spent`` estimates what a broken answer will be billed, None if it had not begun."""

    call: int
    kind: str
    message: str
    transient: bool
    status: int | None = None
    retry_after_s: float | None = None
    spent: Usage | None = None


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    """Gateway: the number of tokens."""

    call: int
    tokens: int


ToGateway = StartCall | CancelCall | CountTokens
ToClient = Ready | Delta | Done | CallFailed | Counted

_ENCODER = msgspec.msgpack.Encoder()
TO_GATEWAY: msgspec.msgpack.Decoder[ToGateway] = msgspec.msgpack.Decoder(ToGateway)
TO_CLIENT: msgspec.msgpack.Decoder[ToClient] = msgspec.msgpack.Decoder(ToClient)


def encode(frame: ToGateway | ToClient) -> bytes:
    """Return the frame with its length before it."""
    body = _ENCODER.encode(frame)
    return _LENGTH.pack(len(body)) + body


async def read(reader: asyncio.StreamReader) -> bytes | None:
    """Return the body of the next frame, or None at the end (a frame cut in half is the end too).

    :raises ValueError: when the length is impossible: the other side does not speak frames.
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > MOST_BYTES:
            raise ValueError(f"a frame of {length} bytes; the most is {MOST_BYTES}")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
