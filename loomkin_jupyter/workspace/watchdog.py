"""Tells a stalled agent from a working one: an activity without any sign for too long becomes a signal, once.

Listens to the bus for signs of life and looks at them on a timer; never touches an agent.
"""

from __future__ import annotations

from collections.abc import Callable

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import Clock

# Waiting for a person or a teammate is not stalling: gates have deadlines of their own.
_PATIENT = frozenset({"", "permission", "approval", "answer", "budget", "teammate", "kernel"})
_SIGNS = (
    s.TextStreamed,
    s.ToolOutput,
    s.ActivityChanged,
    s.ToolStarted,
    s.ToolFinished,
    s.ModelRetried,
    s.AnswerReceived,
)


class Watchdog:
    """Remembers each agent's activity and its last sign."""

    def __init__(self, clock: Clock, limit_s: Callable[[], float]) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._activity: dict[tuple[str, str], str] = {}
        self._sign: dict[tuple[str, str], float] = {}
        self._told: set[tuple[str, str]] = set()

    def __call__(self, signal: s.Signal) -> None:
        """Take a signal in."""
        if not signal.agent or not isinstance(signal, (*_SIGNS, s.AgentStatusChanged)):
            return
        key = (signal.team, signal.agent)
        self._sign[key] = self._clock.monotonic()
        self._told.discard(key)
        if isinstance(signal, s.ActivityChanged):
            self._activity[key] = signal.activity
        elif isinstance(signal, s.AgentStatusChanged) and signal.status != "working":
            self._activity[key] = ""

    def look(self) -> list[s.AgentStalled]:
        """Return a signal for every agent that has just become stalled."""
        now, limit = self._clock.monotonic(), self._limit_s()
        found: list[s.AgentStalled] = []
        for key, activity in self._activity.items():
            silent = now - self._sign[key]
            if activity in _PATIENT or silent < limit or key in self._told:
                continue
            self._told.add(key)
            found.append(s.AgentStalled(team=key[0], agent=key[1], activity=activity, seconds=round(silent, 1)))
        return found
