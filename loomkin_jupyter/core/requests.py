"""What left for models, as the journal keeps it: each request of an agent as what is new since its last one.

A request repeats the whole history, so that a journal of whole requests would grow with its square. ``Outgoing`` takes a
request apart, ``whole`` puts the stored ones together again: every message that left, without secrets. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, cast

import msgspec

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.signals import RequestSent

Redact = Callable[[str], str]


class Part(msgspec.Struct, frozen=True):
    """``messages`` is JSON: what is new, without secrets. Its places ``first`` to ``last`` are those of ``base``, a call.

    ``bytes`` is the size of the messages of the whole request.
    """

    messages: str
    bytes: int
    base: str = ""
    first: int = 0
    last: int = 0


class Outgoing:
    """The last request of one agent in one run."""

    def __init__(self) -> None:
        self._run = ""
        self._call = ""
        self._messages: list[JsonObject] = []
        self._sizes: list[int] = []

    def take(self, call: str, run: str, messages: list[JsonObject], redact: Redact) -> Part:
        """Return what is new in ``messages``, and remember them."""
        before = self._messages if run == self._run else []
        # The system prompt tells of the moment: it may have changed while the history behind it is the same.
        first = 0 if before and messages and before[0] == messages[0] else 1
        last = _same_until(before, messages, first)
        if last <= first:
            first = last = 0
        new = [*messages[:first], *messages[last:]]
        texts = [_as_json(message) for message in new]
        sizes = [len(text) for text in texts]
        sizes[first:first] = self._sizes[first:last]
        base = self._call if last else ""
        self._run, self._call, self._messages, self._sizes = run, call, messages, sizes
        clean = b",".join(_as_json(_clean(message, redact)) for message in new)
        return Part(f"[{clean.decode('utf-8', 'replace')}]", sum(sizes) + max(len(sizes), 1) + 1, base, first, last)


def size_of(tools: list[JsonObject]) -> int:
    """Return how many bytes the descriptions of tools take in a request."""
    return len(msgspec.json.encode(tools)) if tools else 0


def whole(signals: Iterable[RequestSent]) -> dict[str, list[JsonObject]]:
    """Return the messages of each request by its call; those whose base is not among ``signals`` are left out."""
    found: dict[str, list[JsonObject]] = {}
    for signal in signals:
        try:
            own = cast("list[JsonObject]", msgspec.json.decode(signal.messages))
        except msgspec.DecodeError:
            continue  # an earlier version cut long ones off
        if signal.base and signal.base not in found:
            continue
        same = found[signal.base][signal.first : signal.last] if signal.base else []
        found[signal.call] = [*own[: signal.first], *same, *own[signal.first :]]
    return found


def _same_until(before: list[JsonObject], after: list[JsonObject], first: int) -> int:
    """Return up to where both lists are the same from ``first``."""
    most = min(len(before), len(after))
    if before[first:most] == after[first:most]:  # the usual case, and a single comparison of lists
        return most
    return next((place for place in range(first, most) if before[place] != after[place]), most)


def _clean(value: Any, redact: Redact) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_clean(item, redact) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _clean(item, redact) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _as_json(value: JsonObject) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair, which only the slower encoder lets through
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
