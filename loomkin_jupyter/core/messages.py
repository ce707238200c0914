"""What agents hear and remember: envelopes in an inbox, entries of an append-only history. Frozen, provider-neutral."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from loomkin_jupyter.core.usage import Usage

JsonObject = dict[str, Any]

EnvelopeKind = Literal["request", "task", "message", "discovery", "notice", "guidance", "answer", "nudge", "aside"]
Priority = Literal["urgent", "high", "normal"]
PRIORITY_ORDER: dict[str, int] = {"urgent": 0, "high": 1, "normal": 2}


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One message on its way to one agent: persisted when sent, consumed when it enters the history.

    ``sender`` is an agent's name, ``user`` or ``loomkin`` (notices of the runtime itself). ``task`` is a handle. An
    aside wakes nobody: it is read with whatever comes next. ``squashed`` are the messages that became this one.
    """

    id: str
    to: str
    sender: str
    kind: EnvelopeKind
    text: str
    priority: Priority = "normal"
    task: str = ""
    run: str = ""
    time: float = 0.0
    due: float | None = None
    trusted: bool = True
    squashed: tuple[Envelope, ...] = ()


class ToolCall(msgspec.Struct, frozen=True):
    """A call as the model wrote it; ``arguments`` is raw JSON text and may be malformed."""

    id: str
    name: str
    arguments: str


class UserEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag="user"):
    """Something said to the agent: request, message, notice, guidance, correction, or a pointer to a keeper."""

    id: str
    text: str
    sender: str = "user"
    kind: str = "request"
    time: float = 0.0
    run: str = ""
    pinned: bool = False


class AssistantEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag="assistant"):
    """One answer of the model. ``finish`` is stop, tool_calls, length, filtered or broken."""

    id: str
    text: str
    calls: tuple[ToolCall, ...] = ()
    model: str = ""
    usage: Usage = Usage()
    finish: str = "stop"
    reasoning: str = ""
    time: float = 0.0
    run: str = ""


class ToolEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag="tool"):
    """The result of one call. ``status`` is ok, failed, refused, interrupted or cancelled."""

    id: str
    call_id: str
    name: str
    text: str
    status: str = "ok"
    keeper: str = ""
    images: tuple[str, ...] = ()
    time: float = 0.0
    run: str = ""


Entry = UserEntry | AssistantEntry | ToolEntry


class Handoff(msgspec.Struct, frozen=True):
    """What a completed task leaves to those who depend on it."""

    result: str
    actions_taken: tuple[str, ...] = ()
    discoveries: tuple[str, ...] = ()
    files_changed: tuple[str, ...] = ()
    decisions_made: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()


def encode_entry(entry: Entry) -> bytes:
    """Return the entry as JSON, with its kind in ``entry``."""
    return _ENCODER.encode(entry)


def decode_entry(data: bytes | str) -> Entry:
    """Return the entry of ``data``; raises msgspec.ValidationError when it is none."""
    return _DECODER.decode(data)


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
