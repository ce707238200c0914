"""One model of a streamed answer and its two encodings: OpenAI chat completions and Anthropic messages. Never does I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import Usage

CREATED = 1_750_000_000
_OPENAI_FINISH = {"stop": "stop", "tool_calls": "tool_calls", "length": "length", "filtered": "content_filter"}
_ANTHROPIC_FINISH = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "filtered": "refusal"}


class Start(msgspec.Struct, frozen=True):
    """The answer begins."""

    id: str
    model: str
    usage: Usage


class Text(msgspec.Struct, frozen=True):
    """A piece of visible text."""

    text: str


class CallStart(msgspec.Struct, frozen=True):
    """Tool call ``index`` begins; an ``id`` of None is left out of the wire."""

    index: int
    id: str | None
    name: str


class CallPiece(msgspec.Struct, frozen=True):
    """A piece of the JSON text of call ``index``."""

    index: int
    text: str


class Finish(msgspec.Struct, frozen=True):
    """The answer ends, for ``reason`` (stop, tool_calls, length, filtered)."""

    reason: str
    usage: Usage


WireEvent = Start | Text | CallStart | CallPiece | Finish


def pieces(text: str, size: int) -> list[str]:
    """Cut ``text`` into pieces of ``size`` characters."""
    return [text[i : i + size] for i in range(0, len(text), size)]


def events(
    answer_id: str,
    model: str,
    text: str,
    calls: Sequence[tuple[str | None, str, str]],
    usage: Usage,
    finish: str,
    size: int,
) -> list[WireEvent]:
    """Return the events of one answer; ``calls`` are (id, name, JSON text)."""
    found: list[WireEvent] = [Start(answer_id, model, usage)]
    found.extend(Text(piece) for piece in pieces(text, size))
    for index, (call_id, name, arguments) in enumerate(calls):
        found.append(CallStart(index, call_id, name))
        found.extend(CallPiece(index, piece) for piece in pieces(arguments, size))
    found.append(Finish(finish, usage))
    return found


def _sse(data: JsonObject, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


# --- OpenAI ---------------------------------------------------------------------------------------------------------


def _openai_usage(usage: Usage) -> JsonObject:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _openai_call(start: CallStart, arguments: str) -> JsonObject:
    call: JsonObject = {
        "index": start.index,
        "type": "function",
        "function": {"name": start.name, "arguments": arguments},
    }
    return call if start.id is None else {"id": start.id, **call}


def openai_stream(answer: Iterable[WireEvent]) -> Iterator[bytes]:
    """Yield one server-sent event per wire event, then the usage and ``[DONE]``."""
    head: JsonObject = {"object": "chat.completion.chunk", "created": CREATED}

    def chunk(delta: JsonObject, finish: str | None = None) -> bytes:
        return _sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    for event in answer:
        match event:
            case Start():
                head.update(id=event.id, model=event.model)
                yield chunk({"role": "assistant", "content": ""})
            case Text():
                yield chunk({"content": event.text})
            case CallStart():
                yield chunk({"tool_calls": [_openai_call(event, "")]})
            case CallPiece():
                yield chunk({"tool_calls": [{"index": event.index, "function": {"arguments": event.text}}]})
            case Finish():
                yield chunk({}, _OPENAI_FINISH.get(event.reason, event.reason))
                yield _sse({**head, "choices": [], "usage": _openai_usage(event.usage)})
                yield b"data: [DONE]\n\n"


def openai_whole(answer: Sequence[WireEvent]) -> JsonObject:
    """Return the answer as one JSON object."""
    whole: JsonObject = {"object": "chat.completion", "created": CREATED}
    text, calls = _gather(answer)
    message: JsonObject = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [_openai_call(start, arguments) for start, arguments in calls]
    for event in answer:
        if isinstance(event, Start):
            whole.update(id=event.id, model=event.model)
        elif isinstance(event, Finish):
            finish = _OPENAI_FINISH.get(event.reason, event.reason)
            whole["choices"] = [{"index": 0, "message": message, "finish_reason": finish}]
            whole["usage"] = _openai_usage(event.usage)
    return whole


# --- Anthropic ------------------------------------------------------------------------------------------------------


def _anthropic_usage(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.input - usage.cached,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": usage.output,
    }


def _anthropic_head(start: Start) -> JsonObject:
    return {
        "id": start.id,
        "type": "message",
        "role": "assistant",
        "model": start.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**_anthropic_usage(start.usage), "output_tokens": 1},
    }


def _typed(kind: str, **rest: Any) -> bytes:
    return _sse({"type": kind, **rest}, kind)


def _tool_use(start: CallStart) -> JsonObject:
    block: JsonObject = {"type": "tool_use", "name": start.name, "input": {}}
    return block if start.id is None else {**block, "id": start.id}


def anthropic_stream(answer: Iterable[WireEvent]) -> Iterator[bytes]:
    """Yield Anthropic's events; blocks are opened and closed where the kind of content changes."""
    block, is_open = -1, ""
    for event in answer:
        if is_open and (isinstance(event, CallStart | Finish) or (isinstance(event, Text) and is_open == "call")):
            yield _typed("content_block_stop", index=block)
            is_open = ""
        match event:
            case Start():
                yield _typed("message_start", message=_anthropic_head(event))
            case Text():
                if not is_open:
                    block, is_open = block + 1, "text"
                    yield _typed("content_block_start", index=block, content_block={"type": "text", "text": ""})
                yield _typed("content_block_delta", index=block, delta={"type": "text_delta", "text": event.text})
            case CallStart():
                block, is_open = block + 1, "call"
                yield _typed("content_block_start", index=block, content_block=_tool_use(event))
            case CallPiece():
                delta = {"type": "input_json_delta", "partial_json": event.text}
                yield _typed("content_block_delta", index=block, delta=delta)
            case Finish():
                reason = _ANTHROPIC_FINISH.get(event.reason, event.reason)
                end: JsonObject = {"stop_reason": reason, "stop_sequence": None}
                yield _typed("message_delta", delta=end, usage={"output_tokens": event.usage.output})
                yield _typed("message_stop")


def anthropic_whole(answer: Sequence[WireEvent]) -> JsonObject:
    """Return the answer as one JSON object; arguments that are no JSON object are sent as they are, under ``input``."""
    text, calls = _gather(answer)
    content: list[JsonObject] = [{"type": "text", "text": text}] if text else []
    for start, arguments in calls:
        try:
            content.append({**_tool_use(start), "input": json.loads(arguments or "{}")})
        except ValueError:
            content.append({**_tool_use(start), "input": arguments})
    whole: JsonObject = {}
    for event in answer:
        if isinstance(event, Start):
            whole = {**_anthropic_head(event), "content": content}
        elif isinstance(event, Finish):
            whole["stop_reason"] = _ANTHROPIC_FINISH.get(event.reason, event.reason)
            whole["usage"] = _anthropic_usage(event.usage)
    return whole


def _gather(answer: Sequence[WireEvent]) -> tuple[str, list[tuple[CallStart, str]]]:
    """Return the whole text and each call with its whole arguments."""
    text = "".join(event.text for event in answer if isinstance(event, Text))
    calls: list[tuple[CallStart, str]] = []
    for event in answer:
        if isinstance(event, CallStart):
            written = [e.text for e in answer if isinstance(e, CallPiece) and e.index == event.index]
            calls.append((event, "".join(written)))
    return text, calls


# --- requests -------------------------------------------------------------------------------------------------------


def messages_of(body: JsonObject) -> list[JsonObject]:
    """Return the messages of an OpenAI or Anthropic request in the OpenAI chat format."""
    found: list[JsonObject] = []
    system: Any = body.get("system")
    if system:
        found.append({"role": "system", "content": flat(system)})
    messages: list[JsonObject] = body.get("messages") or []
    for message in messages:
        found.extend(_from_anthropic(message))
    return found


def flat(content: Any) -> str:
    """Return the text of a content that may be a string, a list of parts, or nothing."""
    if isinstance(content, str):
        return content
    parts: list[Any] = content or []
    return "\n".join(str(part.get("text") or "") if isinstance(part, dict) else str(part) for part in parts)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _from_anthropic(message: JsonObject) -> list[JsonObject]:
    content = message.get("content")
    if not isinstance(content, list):
        return [message]
    parts: list[JsonObject] = [part for part in content if isinstance(part, dict)]  # pyright: ignore[reportUnknownVariableType]
    results = [part for part in parts if part.get("type") == "tool_result"]
    uses = [part for part in parts if part.get("type") == "tool_use"]
    found: list[JsonObject] = [
        {"role": "tool", "tool_call_id": part.get("tool_use_id"), "content": flat(part.get("content"))}
        for part in results
    ]
    text = flat([part for part in parts if part.get("type") == "text"])
    if text or uses or not results:
        rest: JsonObject = {**message, "content": text}
        if uses:
            rest["tool_calls"] = [
                {
                    "id": part.get("id"),
                    "type": "function",
                    "function": {"name": part.get("name"), "arguments": json.dumps(part.get("input"))},
                }
                for part in uses
            ]
        found.append(rest)
    return found
