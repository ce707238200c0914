"""What a scripted model answers to what: requests, replies, scripts. Never does I/O.

A script is a function of the request. What it answers may depend on the history it is shown and on nothing else, so
that it goes on where it was after a restart.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing.wire import flat

_FIRST_LINE = re.compile(r"You are (?P<agent>\S+) \((?P<role>[^)]*)\) in team (?P<team>.+?)\.\s*$")
AUTO = "auto"


@dataclass(frozen=True)
class Call:
    """One tool call. ``arguments`` as a str go out as they are, JSON or not; an ``id`` of None is left out."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict[str, Any])
    id: str | None = AUTO


@dataclass(frozen=True)
class Reply:
    """What the scripted model answers.

    ``status`` other than 200 sends an error with ``text`` as its message. ``raw`` replaces the whole body. ``hold`` (an
    event, or the name of one of the server's) is waited for before the first byte, or after ``hold_after`` events of
    the stream. ``cut_after`` closes the connection after that many events. ``piece`` is the size of streamed pieces.
    """

    text: str = ""
    calls: Sequence[Call | tuple[str, Mapping[str, Any] | str]] = ()
    usage: Usage | None = None
    finish: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hold: threading.Event | str | None = None
    hold_after: int = 0
    cut_after: int | None = None
    raw: bytes | str | None = None
    content_type: str = ""
    piece: int = 24
    pace_s: float = 0.0


@dataclass(frozen=True)
class ScriptRequest:
    """One request as it arrived; ``messages`` are in the OpenAI chat format whichever dialect it came in."""

    number: int
    dialect: str
    model: str
    messages: list[JsonObject]
    tools: list[str]
    stream: bool
    headers: dict[str, str]
    body: JsonObject
    agent: str = ""
    role: str = ""
    team: str = ""

    @property
    def system(self) -> str:
        """The text of the system prompt."""
        return "\n".join(flat(m.get("content")) for m in self.messages if m.get("role") == "system")

    @property
    def answers(self) -> int:
        """How many answers of the model are in the history: the number of the step that is due."""
        return sum(message.get("role") == "assistant" for message in self.messages)

    @property
    def last(self) -> str:
        """The text of the last message."""
        return flat(self.messages[-1].get("content")) if self.messages else ""

    @property
    def results(self) -> list[tuple[str, str]]:
        """The tool results in order, as (tool, text)."""
        names: dict[Any, str] = {}
        for message in self.messages:
            calls: list[JsonObject] = message.get("tool_calls") or []
            for call in calls:
                names[call.get("id")] = call["function"]["name"]
        tools = [m for m in self.messages if m.get("role") == "tool"]
        return [(names.get(m.get("tool_call_id"), ""), flat(m.get("content"))) for m in tools]


Script = Callable[[ScriptRequest], "Reply | str"]
Step = Reply | str | Script


def address(system: str) -> tuple[str, str, str]:
    """Return (agent, role, team) of a system prompt's first line, empty where it is another."""
    match = _FIRST_LINE.match(system.partition("\n")[0])
    return (match["agent"], match["role"], match["team"]) if match else ("", "", "")


def steps(script: Mapping[str, Sequence[Step]], last: Step = "done.") -> Script:
    """Return a script that gives each agent its steps in order, ``*`` to those not named, then ``last``.

    The step is chosen by the number of answers in the history, so that it survives a restart.
    """

    def answer(request: ScriptRequest) -> Reply | str:
        own = script.get(request.agent, script.get(request.role, script.get("*", ())))
        step = own[request.answers] if request.answers < len(own) else last
        return step(request) if callable(step) else step

    return answer


def in_order(*replies: Step, last: Step = "done.") -> Script:
    """Return a script that gives ``replies`` in the order of the requests, whoever asks: for errors and retries."""
    lock = threading.Lock()
    waiting = list(replies)

    def answer(request: ScriptRequest) -> Reply | str:
        with lock:
            step = waiting.pop(0) if waiting else last
        return step(request) if callable(step) else step

    return answer
