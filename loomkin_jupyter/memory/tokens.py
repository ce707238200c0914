"""How many tokens a text or a message has: an estimate that each model's reported usage corrects. Pure, no tokenizer.

English and code have about four bytes to a token, other alphabets about three, Chinese, Japanese and Korean about two
and a half bytes; the estimate counts bytes of UTF-8 accordingly and is meant to be a little high rather than low.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from loomkin_jupyter.core.messages import AssistantEntry, Entry, JsonObject, ToolEntry

PER_MESSAGE = 4
PER_CALL = 18
"""What the JSON around a call's id, name and arguments costs."""
PER_IMAGE = 1_200
_ASCII_BYTES = 3.8
_OTHER_BYTES = 2.6
_LOWEST, _HIGHEST = 0.5, 2.0
_LEARN = 0.3


def estimate(text: str) -> int:
    """Return about how many tokens ``text`` has."""
    if text.isascii():
        return round(len(text) / _ASCII_BYTES)
    size = len(text.encode("utf-8", "surrogatepass"))
    # Every character beyond ASCII has at least two bytes, so this is an upper bound of how many there are.
    other = min((size - len(text)) * 2, size)
    return round((size - other) / _ASCII_BYTES + other / _OTHER_BYTES)


def entry_tokens(entry: Entry) -> int:
    """Return about how many tokens an entry costs in a request."""
    total = estimate(entry.text) + PER_MESSAGE
    if isinstance(entry, AssistantEntry):
        total += sum(estimate(call.name) + estimate(call.arguments) + PER_MESSAGE for call in entry.calls)
    elif isinstance(entry, ToolEntry):
        total += PER_IMAGE * len(entry.images)
    return total


def message_tokens(messages: Iterable[JsonObject]) -> int:
    """Return about how many tokens messages in the OpenAI format have."""
    total = 0
    for message in messages:
        content = message.get("content") or ""
        total += PER_MESSAGE + (estimate(content) if isinstance(content, str) else _parts(content))
        for call in message.get("tool_calls", ()):
            function = call["function"]
            total += PER_CALL + estimate(call["id"]) + estimate(function["name"]) + estimate(function["arguments"])
    return total


def tool_tokens(tools: Iterable[JsonObject]) -> int:
    """Return about how many tokens the schemas of tools have."""
    return sum(estimate(msgspec.json.encode(tool).decode()) for tool in tools)


def _parts(content: Iterable[JsonObject]) -> int:
    return sum(
        PER_IMAGE if part.get("type") == "image_url" else estimate(str(part.get("text", ""))) for part in content
    )


class Calibration:
    """The ratio of reported to estimated tokens, per model, moving with each answer and kept within bounds."""

    def __init__(self) -> None:
        self._ratios: dict[str, float] = {}
        self._tools: tuple[Sequence[JsonObject], int] = ((), 0)

    def learn(self, model: str, estimated: int, reported: int) -> None:
        """Take one answer's usage into account; reports of nothing teach nothing."""
        if estimated <= 0 or reported <= 0:
            return
        seen = min(max(reported / estimated, _LOWEST), _HIGHEST)
        before = self._ratios.get(model)
        self._ratios[model] = seen if before is None else before + _LEARN * (seen - before)

    def corrected(self, model: str, estimated: int) -> int:
        """Return the estimate corrected by what ``model`` reported before."""
        return round(estimated * self._ratios.get(model, 1.0))

    def tool_tokens(self, tools: Sequence[JsonObject]) -> int:
        """Return about how many tokens schemas have; counted anew only for another list than last time."""
        if self._tools[0] is not tools:
            self._tools = (tools, tool_tokens(tools))
        return self._tools[1]

    def statistics(self) -> dict[str, float]:
        """Return the ratio of each model."""
        return dict(self._ratios)
