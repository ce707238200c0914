"""One call in a real gateway process, frame by frame: pieces of text, whole tool calls, usage, and every way to end."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models import frames
from loomkin_jupyter.models.process import Died, GatewayProcess
from loomkin_jupyter.testing.scripted import Call, Reply, ScriptedServer, in_order

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENAI = "openai/gpt-4o-mini"
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(server: ScriptedServer) -> AsyncIterator[GatewayProcess]:
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await GatewayProcess.start({**path, **server.environment()})
    yield process
    await process.stop()


def start(number: int, *, timeout_s: float = 60.0, model: str = OPENAI, **rest: Any) -> frames.StartCall:
    messages = rest.get("messages", [{"role": "user", "content": "hello there"}])
    return frames.StartCall(number, model, messages, rest.get("tools", []), 100, None, timeout_s)


async def talk(gateway: GatewayProcess, **given: Any) -> tuple[list[frames.Delta], frames.Done | frames.CallFailed]:
    """Make a call and return its pieces and its end."""
    number = next(_numbers)
    queue = gateway.open(number)
    gateway.send(start(number, **given))
    pieces: list[frames.Delta] = []
    try:
        while True:
            frame = await asyncio.wait_for(queue.get(), 60)
            assert not isinstance(frame, (Died, frames.Ready, frames.Counted))
            assert frame.call == number
            if not isinstance(frame, frames.Delta):
                assert queue.empty()
                return pieces, frame
            pieces.append(frame)
    finally:
        gateway.forget(number)


async def done(gateway: GatewayProcess, **given: Any) -> frames.Done:
    frame = (await talk(gateway, **given))[1]
    assert isinstance(frame, frames.Done), frame
    return frame


async def failed(gateway: GatewayProcess, **given: Any) -> frames.CallFailed:
    frame = (await talk(gateway, **given))[1]
    assert isinstance(frame, frames.CallFailed), frame
    return frame


def sse(*deltas: dict[str, Any], finish: str | None = "stop", usage: dict[str, Any] | None = None) -> Reply:
    """Return a stream of exactly these pieces."""
    head: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    events: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    if finish:
        events.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        events.append({**head, "choices": [], "usage": usage})
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return Reply(raw=body, content_type="text/event-stream")


async def test_text_comes_in_at_most_thirty_pieces_a_second(gateway: GatewayProcess, server: ScriptedServer) -> None:
    text = "".join(f"{number:4} " for number in range(300))  # of equal pieces LiteLLM thinks that the model is caught
    server.script = in_order(Reply(text, piece=5, pace_s=0.004, usage=Usage(11, 300)))
    begun = time.monotonic()
    pieces, end = await talk(gateway)
    seconds = time.monotonic() - begun
    assert isinstance(end, frames.Done)
    assert "".join(piece.text for piece in pieces) == end.text == text
    assert 2 < len(pieces) <= 30 * seconds + 3
    assert (end.finish, end.usage, end.estimated) == ("stop", Usage(11, 300), False)


async def test_tool_calls_come_whole_and_only_at_the_end(gateway: GatewayProcess, server: ScriptedServer) -> None:
    arguments = {"command": "echo " + "long " * 50}
    server.script = in_order(Reply("see", [("shell", arguments), Call("file_read", "{not json")], piece=3))
    pieces, end = await talk(gateway)
    assert isinstance(end, frames.Done)
    assert "".join(piece.text for piece in pieces) == "see"
    assert [(call.name, call.arguments) for call in end.calls] == [
        ("shell", json.dumps(arguments)), ("file_read", "{not json"),
    ]  # fmt: skip
    assert len({call.id for call in end.calls}) == 2
    assert end.finish == "tool_calls"


async def test_calls_that_are_all_numbered_0_are_told_apart(gateway: GatewayProcess, server: ScriptedServer) -> None:
    def piece(call: str | None, name: str | None, arguments: str) -> dict[str, Any]:
        function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
        return {"tool_calls": [{"index": 0, "id": call, "type": "function", "function": function}]}

    server.script = in_order(
        sse(piece("a", "shell", '{"x'), piece(None, None, '": 1}'), piece("b", "git", "{}"), finish="tool_calls")
    )
    end = await done(gateway)
    assert [(call.id, call.name, call.arguments) for call in end.calls] == [
        ("a", "shell", '{"x": 1}'),
        ("b", "git", "{}"),
    ]


async def test_thinking_is_kept_apart_from_the_answer(gateway: GatewayProcess, server: ScriptedServer) -> None:
    server.script = in_order(sse({"reasoning_content": "let me "}, {"reasoning_content": "see"}, {"content": "42"}))
    pieces, end = await talk(gateway)
    assert isinstance(end, frames.Done)
    assert (end.text, end.reasoning) == ("42", "let me see")
    assert "".join(piece.text for piece in pieces if piece.reasoning) == "let me see"
    assert "".join(piece.text for piece in pieces if not piece.reasoning) == "42"


async def test_usage_is_the_providers_or_an_estimate_that_says_so(
    gateway: GatewayProcess, server: ScriptedServer
) -> None:
    told = {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109, "prompt_tokens_details": {"cached_tokens": 64},
            "completion_tokens_details": {"reasoning_tokens": 4}}  # fmt: skip
    server.script = in_order(sse({"content": "hi"}, usage=told), sse({"content": "x" * 400}))
    end = await done(gateway)
    assert (end.usage, end.estimated) == (Usage(input=100, output=9, cached=64, reasoning=4), False)
    end = await done(gateway)
    assert end.usage.output > 0 and end.usage.input > 0


async def test_reasons_to_end_have_our_names(gateway: GatewayProcess, server: ScriptedServer) -> None:
    server.script = in_order(*(sse({"content": "x"}, finish=reason) for reason in ("length", "content_filter", "stop")))
    assert [(await done(gateway)).finish for _ in range(3)] == ["length", "filtered", "stop"]


async def test_an_answer_without_an_end_is_broken_and_charged(gateway: GatewayProcess, server: ScriptedServer) -> None:
    server.script = in_order(sse({"content": "half of"}, finish=None), Reply("much more of it", piece=2, cut_after=4))
    for _ in range(2):
        end = await failed(gateway)
        assert (end.kind, end.transient) == ("broken", True)
        assert end.spent is not None and end.spent.input > 0


async def test_a_refusal_before_the_first_word_costs_nothing(gateway: GatewayProcess, server: ScriptedServer) -> None:
    server.script = in_order(Reply("busy", status=429, headers={"Retry-After": "3"}), Reply("no key", status=401))
    end = await failed(gateway)
    assert (end.kind, end.transient, end.status, end.retry_after_s, end.spent) == ("rate_limited", True, 429, 3.0, None)
    end = await failed(gateway)
    assert (end.kind, end.transient, end.status) == ("auth", False, 401)


async def test_silence_ends_a_call_before_and_within_the_answer(
    gateway: GatewayProcess, server: ScriptedServer
) -> None:
    server.script = in_order(
        Reply("late", hold="before"), Reply("some words then none", piece=2, hold="within", hold_after=4)
    )
    try:
        end = await failed(gateway, timeout_s=0.5)
        assert (end.kind, end.transient, end.spent) == ("timeout", True, None)
        end = await failed(gateway, timeout_s=2.0)
        # LiteLLM's own limit may be the first to end it; either way it is tried again, and what came is charged.
        assert end.kind in ("timeout", "broken") and end.transient
        assert end.spent is not None
    finally:
        server.event("before").set()
        server.event("within").set()


async def test_a_long_tool_call_shows_that_it_is_alive(gateway: GatewayProcess, server: ScriptedServer) -> None:
    server.script = in_order(Reply("", [("file_write", {"content": "x" * 300})], piece=5, pace_s=0.05))
    pieces, end = await talk(gateway)
    assert isinstance(end, frames.Done) and len(end.calls) == 1
    assert pieces and all(piece.text == "" for piece in pieces)


async def test_a_cancelled_call_says_nothing_more(gateway: GatewayProcess, server: ScriptedServer) -> None:
    server.script = in_order(Reply("on and on and on", piece=2, hold="cancelled", hold_after=3), "next")
    number = next(_numbers)
    queue = gateway.open(number)
    gateway.send(start(number))
    assert isinstance(await asyncio.wait_for(queue.get(), 60), frames.Delta)
    gateway.send(frames.CancelCall(number))
    assert (await done(gateway)).text == "next"  # the gateway goes on
    server.event("cancelled").set()
    while not queue.empty():
        assert isinstance(queue.get_nowait(), frames.Delta)
    gateway.forget(number)


async def test_tokens_are_counted_for_known_and_unknown_models(gateway: GatewayProcess) -> None:
    for model in (OPENAI, "nobody/unknown"):
        number = next(_numbers)
        queue = gateway.open(number)
        gateway.send(frames.CountTokens(number, model, "one two three four"))
        frame = await asyncio.wait_for(queue.get(), 60)
        assert isinstance(frame, frames.Counted) and 3 <= frame.tokens <= 8
        gateway.forget(number)
