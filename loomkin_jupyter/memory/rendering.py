"""A history as the messages of a request: repaired, in the OpenAI chat format. Pure; the history itself stays as it is.

Every call has exactly one result right behind it, no result stands without its call, ids are unique, nothing is empty.
Nothing is summarised and nothing is dropped but results nobody asked for. A ``Rendering`` goes on where it was: a history
only grows, and a step of an agent must not cost more the longer its history is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import AssistantEntry, Entry, JsonObject, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.memory.tokens import message_tokens

INTERRUPTED = "interrupted, outcome unknown: check before you do it again"


class Rendering:
    """The messages of one growing history. What cannot change any more is rendered once."""

    def __init__(self) -> None:
        self._entries: Sequence[Entry] = ()
        self._settled = _Messages(False)
        self._last: Entry | None = None

    def render(self, entries: Sequence[Entry], system: str, *, vision: bool = False) -> tuple[list[JsonObject], int]:
        """Return ``entries`` behind ``system`` as messages, and about how many tokens they have.

        The messages are shared with the next rendering: don't change them.
        """
        if not self._goes_on(entries, vision):
            self._entries, self._settled, self._last = entries, _Messages(vision), None
        done = self._settled
        until = _settled(entries, done.place)
        if until > done.place:
            done.add(entries, until)
            self._last = entries[until - 1]
        if until < len(entries):
            # What was cut off is rendered anew each time, until its results are there.
            done = done.copy()
            done.add(entries, len(entries))
        head: list[JsonObject] = [{"role": "system", "content": system}] if system else []
        return [*head, *done.messages], message_tokens(head) + done.tokens

    def _goes_on(self, entries: Sequence[Entry], vision: bool) -> bool:
        """Whether these are the entries of before, and perhaps more."""
        place = self._settled.place
        return (
            entries is self._entries
            and vision is self._settled.vision
            and len(entries) >= place
            and (not place or entries[place - 1] is self._last)
        )


def _settled(entries: Sequence[Entry], first: int) -> int:
    """Return up to where no later entry can change what was rendered: every call has its result, or will never have it."""
    missing: dict[str, int] = {}
    settled = first
    for place in range(first, len(entries)):
        entry = entries[place]
        if isinstance(entry, AssistantEntry):
            # An id that is used again takes the results from now on.
            missing.update(Counter(call.id for call in entry.calls))
        elif isinstance(entry, ToolEntry) and entry.call_id in missing:
            missing[entry.call_id] -= 1
            if not missing[entry.call_id]:
                del missing[entry.call_id]
        if not missing:
            settled = place + 1
    return settled


class _Messages:
    """Messages of the first ``place`` entries, with their tokens and the ids that are used up."""

    def __init__(self, vision: bool) -> None:
        self.vision = vision
        self.place = 0
        self.tokens = 0
        self.messages: list[JsonObject] = []
        self._used: set[str] = set()

    def copy(self) -> _Messages:
        """Return one that goes its own way from here."""
        other = _Messages(self.vision)
        other.place, other.tokens = self.place, self.tokens
        other.messages, other._used = list(self.messages), set(self._used)
        return other

    def add(self, entries: Sequence[Entry], until: int) -> None:
        """Render the entries from ``place`` to ``until``."""
        taken: set[int] = set()
        for place in range(self.place, until):
            entry = entries[place]
            if isinstance(entry, UserEntry):
                if entry.text.strip():
                    self._say(entry)
            elif isinstance(entry, AssistantEntry) and (entry.calls or entry.text.strip()):
                self._answer(entries, place, entry, taken)
            # Results stand behind their calls, orphans nowhere; what is empty is left out.
        self.place = until

    def _put(self, message: JsonObject) -> None:
        self.messages.append(message)
        self.tokens += message_tokens((message,))

    def _say(self, entry: UserEntry) -> None:
        last = self.messages[-1] if self.messages else {}
        if last.get("role") != "user":
            self._put({"role": "user", "content": entry.text})
            return
        # Some providers refuse two user messages in a row.
        # A request has no head of its own; behind a notice it would read as a part of that notice.
        bare = entry.sender == "user" and entry.kind == "request"
        text = f"[request from the user]\n{entry.text}" if bare else entry.text
        self.tokens -= message_tokens((self.messages.pop(),))
        self._put({"role": "user", "content": f"{last['content']}\n\n{text}"})

    def _answer(self, entries: Sequence[Entry], place: int, entry: AssistantEntry, taken: set[int]) -> None:
        results = _results_after(entries, place, taken) if entry.calls else {}
        calls: list[ToolCall] = []
        answers: list[JsonObject] = []
        for number, call in enumerate(entry.calls):
            call_id = _unique(call.id or f"call_{place}_{number}", self._used)
            calls.append(ToolCall(call_id, call.name, call.arguments))
            found = results.get(call.id)
            if found:
                answers.append(_tool(found.pop(0), call_id, self.vision))
            else:
                answers.append({"role": "tool", "tool_call_id": call_id, "content": INTERRUPTED})
        for message in (_assistant(entry.text, calls), *answers):
            self._put(message)


def _results_after(entries: Sequence[Entry], place: int, taken: set[int]) -> dict[str, list[ToolEntry]]:
    """Return results by call id that belong to the answer at ``place``: those before an answer that uses the id again."""
    answer = entries[place]
    wanted = {call.id for call in answer.calls} if isinstance(answer, AssistantEntry) else set[str]()
    found: dict[str, list[ToolEntry]] = {}
    missing = len(answer.calls) if isinstance(answer, AssistantEntry) else 0
    for later in range(place + 1, len(entries)):
        entry = entries[later]
        if missing == 0 or not wanted:
            break
        if isinstance(entry, AssistantEntry):
            wanted -= {call.id for call in entry.calls}
        elif isinstance(entry, ToolEntry) and entry.call_id in wanted and later not in taken:
            taken.add(later)
            missing -= 1
            found.setdefault(entry.call_id, []).append(entry)
    return found


def _unique(call_id: str, used: set[str]) -> str:
    name, number = call_id, 2
    while name in used:
        name, number = f"{call_id}_{number}", number + 1
    used.add(name)
    return name


def _assistant(text: str, calls: Sequence[ToolCall]) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": _arguments(c.arguments)}}
            for c in calls
        ]
    return message


def _arguments(text: str) -> str:
    """Return arguments that providers accept: what is no JSON object (a malformed answer of the model) is wrapped."""
    try:
        value: Any = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        value = None
    return text or "{}" if isinstance(value, dict) else msgspec.json.encode({"malformed": text}).decode()


def _tool(entry: ToolEntry, call_id: str, vision: bool) -> JsonObject:
    message: JsonObject = {"role": "tool", "tool_call_id": call_id, "content": entry.text or "(no output)"}
    if entry.images and vision:
        parts: list[JsonObject] = [{"type": "text", "text": message["content"]}]
        parts += [{"type": "image_url", "image_url": {"url": image}} for image in entry.images]
        message["content"] = parts
    return message
