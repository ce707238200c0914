"""Timers of scheduled messages: when one is due, its recipient looks into the inbox again. The message lies there already."""

from __future__ import annotations

from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.runtime.schedule import Schedule, Timer
from loomkin_jupyter.teams.roster import Roster


class Alarms:
    """The timers of one team; used on the loop's thread only."""

    def __init__(self, schedule: Schedule, roster: Roster) -> None:
        self._schedule = schedule
        self._roster = roster
        self._timers: list[Timer] = []

    def set(self, envelope: Envelope, due: float) -> None:
        """Have the recipient look again at ``due``."""
        self._timers = [timer for timer in self._timers if not timer.done]
        timer = self._schedule.at(due, lambda: self._roster.wake(envelope.to), name=f"message {envelope.id}")
        self._timers.append(timer)

    def close(self) -> None:
        """Ring no more; what is due later rings again in the process that loads the message."""
        for timer in self._timers:
            timer.cancel()
