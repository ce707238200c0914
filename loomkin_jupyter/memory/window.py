"""What of a history a model sees, measured against the model's window, and what moves out of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import AssistantEntry, Entry, JsonObject, ToolEntry, UserEntry
from loomkin_jupyter.core.ports import ModelLimits
from loomkin_jupyter.memory.rendering import Rendering
from loomkin_jupyter.memory.tokens import Calibration, entry_tokens, estimate, tool_tokens

POINTER = "pointer"
_LARGE = 0.35
"""An entry larger than this part of the window goes to a keeper by itself."""


class Plan(msgspec.Struct, frozen=True):
    """A request's messages and its size. ``limit`` is where offloading begins, both in tokens.

    ``estimated`` is the size before it was corrected: what the next correction is learnt from.
    """

    messages: list[JsonObject]
    tokens: int
    limit: int
    window: int
    estimated: int

    @property
    def full(self) -> bool:
        """Whether the oldest part should move to a keeper before the model is asked."""
        return self.tokens > self.limit


def plan(
    entries: Sequence[Entry],
    limits: ModelLimits,
    system: str,
    tools: Sequence[JsonObject] = (),
    setting: Callable[[str], Any] = {"context.offload_at": 0.6, "context.window": 0}.__getitem__,
    calibration: Calibration | None = None,
    rendering: Rendering | None = None,
) -> Plan:
    """Return the request that ``entries`` make for a model of these ``limits``, whether it fits or not.

    ``rendering`` is kept from call to call by whom the history belongs to: then only what is new is looked at.
    """
    messages, size = (rendering or Rendering()).render(entries, system, vision=limits.vision)
    if calibration is None:
        estimated = tokens = size + tool_tokens(tools)
    else:
        estimated = size + calibration.tool_tokens(tools)
        tokens = calibration.corrected(limits.model, estimated)
    window = window_of(limits, setting)
    return Plan(messages, tokens, int(window * float(setting("context.offload_at"))), window, estimated)


def window_of(limits: ModelLimits, setting: Callable[[str], Any]) -> int:
    """Return the window to use: the setting's, where it is smaller than the model's own."""
    chosen = int(setting("context.window"))
    return min(chosen, limits.window) if chosen else limits.window


# --- what moves ------------------------------------------------------------------------------------------------------


def choose(
    entries: Sequence[Entry], part: float = 0.3, window: int = 128_000, most_pointers: int = 8
) -> tuple[list[int], list[int]]:
    """Return the places of the entries that should move: the oldest ``part`` by size, and single ones too large to stay.

    The oldest part ends at a turn boundary. Pinned entries stay, as do the newest pointers; messages and results beyond
    it that are too large for the window move wherever they stand.
    """
    sizes = [entry_tokens(entry) for entry in entries]
    big = [
        place
        for place, size in enumerate(sizes)
        if size > window * _LARGE and not isinstance(entries[place], AssistantEntry)
    ]
    cut = _boundary(entries, sizes, set(big), part)
    pointers = [place for place in range(cut) if is_pointer(entries[place])]
    stay = set(pointers[max(len(pointers) - most_pointers, 0) :])
    oldest = [
        place
        for place in range(cut)
        if place not in stay and (not _pinned(entries[place]) or is_pointer(entries[place]))
    ]
    return oldest, [place for place in big if place not in oldest]


def is_pointer(entry: Entry) -> bool:
    """Whether the entry stands for what a keeper holds."""
    return isinstance(entry, UserEntry) and entry.kind == POINTER


def _pinned(entry: Entry) -> bool:
    return isinstance(entry, UserEntry) and entry.pinned


def _boundary(entries: Sequence[Entry], sizes: Sequence[int], big: set[int], part: float) -> int:
    """Return how many of the oldest entries to move: about ``part`` of what can move, cut where a turn begins.

    Within one long turn any place before an answer or a message will do; a result is never parted from its call.
    """
    weights = [0 if place in big or is_pointer(entries[place]) else size for place, size in enumerate(sizes)]
    target = sum(weights) * part
    safe = [place for place in range(1, len(entries)) if not isinstance(entries[place], ToolEntry)]
    reached, moved = len(entries), 0
    for place, weight in enumerate(weights):
        moved += weight
        if moved >= target > 0:
            reached = place + 1
            break
    else:
        return 0
    for place in safe:
        # A turn boundary that costs no more than as much again is worth waiting for.
        if place >= reached and _begins_turn(entries[place]) and sum(weights[reached:place]) <= target:
            return place
    return next((place for place in safe if place >= reached), safe[-1] if safe else 0)


def _begins_turn(entry: Entry) -> bool:
    return isinstance(entry, UserEntry) and not is_pointer(entry)


def size_of(entries: Sequence[Entry]) -> int:
    """Return about how many tokens entries have."""
    return sum(entry_tokens(entry) for entry in entries)


def render(entry: Entry) -> str:
    """Return an entry as text with everything that was said in it, word for word."""
    if isinstance(entry, UserEntry):
        return f"[{entry.sender} → {entry.kind}]\n{entry.text}"
    if isinstance(entry, AssistantEntry):
        calls = "".join(f"\n[calls {call.name} {call.arguments}]" for call in entry.calls)
        return f"[answer]\n{entry.text}{calls}"
    return f"[result of {entry.name}, {entry.status}]\n{entry.text}"


def pointer_text(handle: str, topic: str, moved: Sequence[Entry], tokens: int) -> str:
    """Return what stands where entries stood: handle, topic, size, what is in it, and how it is read."""
    users = sum(isinstance(entry, UserEntry) for entry in moved)
    answers = sum(isinstance(entry, AssistantEntry) for entry in moved)
    tools = dict.fromkeys(entry.name for entry in moved if isinstance(entry, ToolEntry))
    firsts = [_first_line(entry.text) for entry in moved if isinstance(entry, UserEntry) and not is_pointer(entry)][:5]
    lines = [
        f"[keeper {handle}] {topic}: {len(moved)} earlier entries, about {tokens} tokens, are kept word for word in {handle} "
        f"({users} messages, {answers} answers{', results of ' + ', '.join(tools) if tools else ''})."
    ]
    lines += [f"- {line}" for line in firsts if line]
    lines.append(f"Read them with context_retrieve(keeper_id={handle!r}), or ask context_retrieve(query=…).")
    return "\n".join(lines)


def _first_line(text: str, most: int = 120) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= most else f"{line[: most - 1]}…"


def topic_of(moved: Sequence[Entry]) -> str:
    """Return a title for entries: the first thing that was said in them."""
    texts = (entry.text for entry in moved if isinstance(entry, UserEntry) and not is_pointer(entry))
    return next((line for text in texts if (line := _first_line(text, 80))), "earlier work")


def excerpt(text: str, tokens: int) -> str:
    """Return the beginning and the end of ``text`` within about ``tokens``, and say what is missing."""
    if estimate(text) <= tokens:
        return text
    most = max(int(len(text) * tokens / max(estimate(text), 1)), 40)
    head, tail = text[: most * 2 // 3], text[len(text) - most // 3 :]
    return f"{head}\n… {len(text) - len(head) - len(tail)} characters left out …\n{tail}"
