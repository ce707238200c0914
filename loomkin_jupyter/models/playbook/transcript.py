"""What an agent has heard, said and got back, read from the messages of a model request. Pure; keeps nothing."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import JsonObject

_FIRST_LINE = re.compile(r"You are (?P<agent>\S+) \((?P<role>[^)]*)\) in team (?P<team>.+?)\.\s*$")
# The heads that agents/prompt.py writes before messages; the user's own requests have none.
_HEAD = re.compile(
    r"^\[(?P<kind>message|task|discovery|answer|guidance|nudge|notice|request|aside|correction|guard)"
    r"(?: from (?P<sender>the user|\S+?)(?: about (?P<task>[A-Z]\d+))?(?: \(untrusted\))?)?\][ \n]",
    re.MULTILINE,
)
_HANDLE = re.compile(r"\bT\d+\b")


class Heard(msgspec.Struct, frozen=True):
    """Something said to the agent."""

    text: str
    sender: str = "user"
    kind: str = "request"
    task: str = ""


class Said(msgspec.Struct, frozen=True):
    """An answer of the agent: its text and its calls as (id, name)."""

    text: str
    calls: tuple[tuple[str, str], ...] = ()


class Transcript(msgspec.Struct, frozen=True):
    """Who the agent is, what happened since its latest request or task began, and each call's result text by id."""

    agent: str
    role: str
    team: str
    system: str
    start: Heard
    events: tuple[Heard | Said, ...]
    results: dict[str, str]

    @property
    def task(self) -> str:
        """The handle of the task that began this, '' if none did."""
        found = _HANDLE.search(self.start.text)
        return self.start.task or (found[0] if found else "")


def read(messages: list[JsonObject]) -> Transcript:
    """Return the transcript of a request in the OpenAI format; it begins at the agent's latest request or first task.

    A later task belongs to the same part only where no request of the user began it: a lead starts over with each
    request, a member with each task.
    """
    systems = [_text(m) for m in messages if m.get("role") in ("system", "developer")]
    system = "\n".join(systems)
    match = _FIRST_LINE.match(system.partition("\n")[0])
    agent, role, team = (match["agent"], match["role"], match["team"]) if match else ("", "", "")
    events: list[Heard | Said] = []
    results: dict[str, str] = {}
    for message in messages:
        if message.get("role") == "user":
            events.extend(heard(_text(message)))
        elif message.get("role") == "assistant":
            calls: list[JsonObject] = message.get("tool_calls") or []
            events.append(Said(_text(message), tuple((str(c.get("id")), str(c["function"]["name"])) for c in calls)))
        elif message.get("role") == "tool":
            results[str(message.get("tool_call_id"))] = _text(message)
    start = _start(events)
    first = events[start] if start < len(events) else Heard("")
    assert isinstance(first, Heard)
    return Transcript(agent, role, team, system, first, tuple(events[start + 1 :]), results)


def _start(events: list[Heard | Said]) -> int:
    for kind in ("request", "task"):
        found = [i for i, event in enumerate(events) if isinstance(event, Heard) and event.kind == kind]
        if found:
            return found[-1]
    return next((i for i, event in enumerate(events) if isinstance(event, Heard)), len(events))


def heard(text: str) -> list[Heard]:
    """Return the messages in one text of the user's side: several may stand in one, each behind its head."""
    heads = list(_HEAD.finditer(text))
    if not heads:
        return [Heard(text)] if text.strip() else []
    found: list[Heard] = []
    if before := text[: heads[0].start()].strip():
        found.append(Heard(before))
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : after.start() if after else len(text)].strip()
        sender = {"the user": "user", None: "loomkin"}.get(head["sender"], head["sender"])
        found.append(Heard(body, sender or "loomkin", head["kind"], head["task"] or ""))
    return found


def _text(message: JsonObject) -> str:
    content: Any = message.get("content")
    if isinstance(content, str) or content is None:
        return content or ""
    parts: list[Any] = content
    return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
