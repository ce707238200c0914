"""Malformed answers by seed: what models and networks really get wrong, as replies of a scripted server. Pure."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from loomkin_jupyter.testing.script import Call, Reply

KINDS: tuple[str, ...] = (
    "broken_json",
    "unknown_tool",
    "wrong_types",
    "missing_arguments",
    "extra_arguments",
    "missing_id",
    "duplicate_id",
    "huge",
    "empty",
    "mixed",
    "cut_by_limit",
    "cut_stream",
    "invalid_sse",
    "not_json",
    "no_choices",
    "text_call",
    "not_an_object",
)
# These never reach the loop as an answer: the client sees a broken one and repeats the call.
TRANSPORT: frozenset[str] = frozenset({"cut_stream", "invalid_sse", "not_json", "no_choices"})

_WORDS = [
    "flights",
    "planes",
    "delay",
    "tail",
    "number",
    "audit",
    "a",
    "b",
    "README.md",
    "../etc/passwd",
    "été",
    "\u202e",
    "😀",
    "null",
    "NaN",
    "''",
]
_NAMES = ("fil_read", "FileRead", "file-read", "functions.file_read", "python", "", " ", "shell; rm", "工具", "x" * 300)
_VALUES: tuple[Any, ...] = (None, 7, -1.5, True, [], {}, [[]], {"a": 1}, "", "7", ["x", 3], 10**30, "\x00")

_MOST_ATTEMPTS = 100


class Malformed(msgspec.Struct, frozen=True):
    """One malformed answer: its kind, its number, and the reply that carries it."""

    kind: str
    number: int
    reply: Reply

    @property
    def transport(self) -> bool:
        """Whether the client must repeat the call (else the loop must correct the model)."""
        return self.kind in TRANSPORT


def malformed(
    count: int = 500, *, seed: int = 0, kinds: Sequence[str] = KINDS, tool: str = "file_read"
) -> Iterator[Malformed]:
    """Yield ``count`` distinct malformed answers, the kinds in turn; the same for the same arguments.

    ``tool`` is a tool that exists, with a text argument ``file_path``.
    """
    chance = random.Random(seed)
    seen: set[str] = set()
    number = 0
    while number < count:
        kind = kinds[number % len(kinds)]
        # A kind with few forms gets a text of its own, so that no two answers are the same.
        attempt = 0
        reply = _make(kind, chance, tool, f"{number}.{attempt}")
        while repr(reply) in seen and attempt < _MOST_ATTEMPTS:
            attempt += 1
            reply = _make(kind, chance, tool, f"{number}.{attempt}")
        seen.add(repr(reply))
        yield Malformed(kind, number, reply)
        number += 1


def _text(chance: random.Random, most: int = 8) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(1, most)))


def _arguments(chance: random.Random) -> str:
    return json.dumps({"file_path": _text(chance, 2), "limit": chance.randint(1, 10**6)})


def _broken_json(chance: random.Random) -> str:
    whole = _arguments(chance)
    cut = chance.randint(1, len(whole) - 1)
    forms = (
        whole[:cut],
        whole + whole,
        whole.replace('"', "'"),
        whole[:-1] + ",}",
        f"```json\n{whole}\n```",
        "{file_path: x}",
    )
    return chance.choice(forms)


def _make(kind: str, chance: random.Random, tool: str, mark: str) -> Reply:
    if kind in _CALLS:
        return Reply(chance.choice(("", _text(chance), mark)), _CALLS[kind](chance, tool, mark))
    return _OTHERS[kind](chance, tool, mark)


def _wrong_types(chance: random.Random, tool: str, mark: str) -> list[Call]:
    value = chance.choice([value for value in _VALUES if not isinstance(value, str)])
    return [Call(tool, json.dumps({"file_path": value, "limit": chance.choice(_VALUES), "offset": mark}))]


def _duplicate_id(chance: random.Random, tool: str, mark: str) -> list[Call]:
    return [Call(tool, _arguments(chance), id=f"call_{mark}") for _ in range(chance.randint(2, 5))]


def _mixed(chance: random.Random, tool: str, mark: str) -> list[Call]:
    calls = [Call(tool, _broken_json(chance)), Call(chance.choice(_NAMES) + mark, "{}"), Call(tool, _arguments(chance))]
    chance.shuffle(calls)
    return calls


_CALLS: dict[str, Callable[[random.Random, str, str], list[Call]]] = {
    "broken_json": lambda chance, tool, mark: [Call(tool, _broken_json(chance))],
    "unknown_tool": lambda chance, tool, mark: [Call(chance.choice(_NAMES), _arguments(chance))],
    "wrong_types": _wrong_types,
    "missing_arguments": lambda chance, tool, mark: [
        Call(tool, chance.choice(("", "{}", json.dumps({"limit": mark}))))
    ],
    "extra_arguments": lambda chance, tool, mark: [
        Call(tool, json.dumps({"file_path": "a", f"x{mark}": _text(chance)}))
    ],
    "missing_id": lambda chance, tool, mark: [Call(tool, _arguments(chance), id=chance.choice((None, "")))],
    "duplicate_id": _duplicate_id,
    "mixed": _mixed,
    "not_an_object": lambda chance, tool, mark: [Call(tool, json.dumps(chance.choice(_VALUES)))],
}


def _huge(chance: random.Random, tool: str, mark: str) -> Reply:
    size = chance.randint(100_000, 400_000)
    if chance.random() < 0.5:
        return Reply("word " * (size // 5) + mark, piece=65_536)
    return Reply("", [Call(tool, json.dumps({"file_path": "x" * size}))], piece=65_536)


def _cut_stream(chance: random.Random, tool: str, mark: str) -> Reply:
    return Reply(
        f"{mark} {_text(chance, 20)}", [Call(tool, _arguments(chance))], piece=4, cut_after=chance.randint(0, 6)
    )


def _invalid_sse(chance: random.Random, tool: str, mark: str) -> Reply:
    forms = (
        'data: {"choices": [\n\n',
        "data: \x00\n\n",
        "event: nonsense\n\n",
        "data: 7\n\ndata: []\n\n",
        ":::\n",
        "data: null\n\n",
    )
    return Reply(raw=f": {mark}\n{chance.choice(forms)}", content_type="text/event-stream")


def _not_json(chance: random.Random, tool: str, mark: str) -> Reply:
    body = chance.choice(
        ("<html><body>502 Bad Gateway</body></html>", "upstream connect error", "\x1f\x8b\x08", "null", "[]")
    )
    return Reply(raw=f"{body} {mark}", content_type=chance.choice(("text/html", "text/plain", "application/json")))


def _no_choices(chance: random.Random, tool: str, mark: str) -> Reply:
    body: dict[str, Any] = {"id": mark, "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
    return Reply(raw=f"data: {json.dumps(body)}\n\ndata: [DONE]\n\n", content_type="text/event-stream")


def _text_call(chance: random.Random, tool: str, mark: str) -> Reply:
    call = f'{{"name": "{tool}", "arguments": {_arguments(chance)}}}'
    forms = (
        f"<tool_call>{call}</tool_call>",
        f"```json\n{call}\n```",
        f"{tool}({_text(chance)})",
        f"<function={tool}>{mark}",
    )
    return Reply(chance.choice(forms))


_OTHERS: dict[str, Callable[[random.Random, str, str], Reply]] = {
    "huge": _huge,
    "empty": lambda chance, tool, mark: Reply(
        chance.choice(("", " ", "\n\n", "\u200b")) + " " * chance.randint(0, 2_000)
    ),
    "cut_by_limit": lambda chance, tool, mark: Reply(
        _text(chance), [Call(tool, _arguments(chance)[:-3])], finish="length"
    ),
    "cut_stream": _cut_stream,
    "invalid_sse": _invalid_sse,
    "not_json": _not_json,
    "no_choices": _no_choices,
    "text_call": _text_call,
}
