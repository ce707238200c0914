"""One model call through LiteLLM: streams, coalesces text, gathers tool calls whole, ends in Done or CallFailed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import litellm

from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models.frames import CallFailed, Delta, Done, StartCall, ToClient
from loomkin_jupyter.models.gateway.failures import BrokenAnswer, Silence, classify

litellm.suppress_debug_info = True
litellm.drop_params = True
litellm.modify_params = True

Send = Callable[[ToClient], None]
_FLUSH_S = 1 / 30
_ALIVE_S = 1.0
_FINISH = {"content_filter": "filtered", "function_call": "tool_calls"}


class _Call:
    """A tool call as it comes together."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


class _Gathered:
    """What has come of one answer so far; writes text at most every ``_FLUSH_S``."""

    def __init__(self, call: int, send: Send) -> None:
        self._call = call
        self._send = send
        self._waiting: dict[bool, list[str]] = {False: [], True: []}
        self._sent_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[_Call] = []
        self.finish = ""
        self.usage: Any = None
        self.chunks = 0

    def add(self, chunk: Any) -> None:
        self.chunks += 1
        self.usage = getattr(chunk, "usage", None) or self.usage
        choices: list[Any] = chunk.choices or []
        for choice in choices:
            self.finish = str(choice.finish_reason or self.finish)
            delta = choice.delta
            self._words(getattr(delta, "content", None), False)
            self._words(getattr(delta, "reasoning_content", None), True)
            pieces: list[Any] = getattr(delta, "tool_calls", None) or []
            for piece in pieces:
                self._piece(piece)
        if time.monotonic() - self._sent_at > _ALIVE_S:
            self.flush(alive=True)

    def _words(self, text: str | None, reasoning: bool) -> None:
        if not text:
            return
        (self.reasoning if reasoning else self.text).append(text)
        self._waiting[reasoning].append(text)
        due = self._sent_at + _FLUSH_S - time.monotonic()
        if due <= 0:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(due, self.flush)

    def _piece(self, piece: Any) -> None:
        index = piece.index if piece.index is not None else len(self.calls)
        name = piece.function.name or ""
        found = next((call for call in reversed(self.calls) if call.index == index), None)
        # Some providers number every call 0: a new id with a new name is a new call.
        if found is None or (piece.id and name and found.id and piece.id != found.id):
            found = _Call(index)
            self.calls.append(found)
        found.id = found.id or piece.id or ""
        found.name = found.name or name
        found.arguments.append(piece.function.arguments or "")

    def flush(self, *, alive: bool = False) -> None:
        """Send what waits; ``alive`` sends an empty piece if nothing does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sent_at = time.monotonic()
        for reasoning, parts in self._waiting.items():
            if parts:
                self._send(Delta(self._call, "".join(parts), reasoning))
                parts.clear()
                alive = False
        if alive:
            self._send(Delta(self._call, ""))


async def run(request: StartCall, send: Send) -> None:
    """Make the call and send its frames; the last is Done or CallFailed, or none at all when it was cancelled."""
    gathered = _Gathered(request.call, send)
    try:
        send(await _stream(request, gathered))
    except asyncio.CancelledError:
        raise
    except Exception as error:  # the door of this process: whatever a provider's adapter raises becomes a frame
        gathered.flush()
        send(_failed(error, request, gathered))


async def _stream(request: StartCall, gathered: _Gathered) -> Done:
    try:
        async with asyncio.timeout(request.timeout_s):
            stream: Any = await litellm.acompletion(  # pyright: ignore[reportUnknownMemberType]
                model=request.model,
                messages=request.messages,
                tools=request.tools or None,
                max_tokens=request.max_output,
                temperature=request.temperature,
                stream=True,
                stream_options={"include_usage": True},
                timeout=request.timeout_s,
                max_retries=0,
                num_retries=0,
                # With tools, LiteLLM would import its own MCP gateway, which needs a package that it does not require.
                _skip_mcp_handler=True,
            )
        chunks: AsyncIterator[Any] = stream.__aiter__()
        while True:
            async with asyncio.timeout(request.timeout_s):
                try:
                    chunk = await anext(chunks)
                except StopAsyncIteration:
                    break
            gathered.add(chunk)
    except TimeoutError as error:
        raise Silence(f"{request.model} sent nothing for {request.timeout_s:g} s") from error
    gathered.flush()
    if getattr(stream, "received_finish_reason", gathered.finish) is None:
        raise BrokenAnswer(f"the answer of {request.model} ended without an end: {gathered.chunks} pieces came")
    return _done(request, gathered)


def _done(request: StartCall, gathered: _Gathered) -> Done:
    calls = [ToolCall(call.id, call.name, "".join(call.arguments)) for call in gathered.calls]
    usage, estimated = _usage(gathered.usage), False
    if usage is None or not usage.total:
        usage, estimated = _estimate(request, gathered), True
    finish = _FINISH.get(gathered.finish, gathered.finish) or "stop"
    return Done(request.call, "".join(gathered.text), calls, finish, "".join(gathered.reasoning), usage, estimated)


def _usage(raw: Any) -> Usage | None:
    if raw is None:
        return None
    read = getattr(raw, "prompt_tokens_details", None)
    written = getattr(raw, "completion_tokens_details", None)
    return Usage(
        input=int(raw.prompt_tokens or 0),
        output=int(raw.completion_tokens or 0),
        cached=int(getattr(read, "cached_tokens", 0) or 0),
        reasoning=int(getattr(written, "reasoning_tokens", 0) or 0),
    )


def _estimate(request: StartCall, gathered: _Gathered) -> Usage:
    """Estimate four characters to a token: used only where the provider never said."""
    sent = sum(len(str(message)) for message in request.messages) + sum(len(str(tool)) for tool in request.tools)
    arguments = sum(len(piece) for call in gathered.calls for piece in call.arguments)
    got = sum(map(len, gathered.text)) + sum(map(len, gathered.reasoning)) + arguments
    return Usage(input=max(sent // 4, 1), output=got // 4)


def _failed(error: Exception, request: StartCall, gathered: _Gathered) -> CallFailed:
    # LiteLLM makes pieces of its own at the end of an empty stream: only words and calls show that something was billed.
    begun = gathered.text or gathered.reasoning or gathered.calls
    spent = (_usage(gathered.usage) or _estimate(request, gathered)) if begun else None
    return classify(error, request.call, spent)


def count(model: str, text: str) -> int:
    """Return the tokens of ``text``; an estimate when the tokenizer is unknown or would have to be fetched."""
    try:
        return int(litellm.token_counter(model=model, text=text))  # pyright: ignore[reportUnknownMemberType]
    except Exception:  # a tokenizer that cannot be loaded (offline, unknown model) is no reason to fail
        return max(len(text) // 4, 1)
