"""Alarms: a recipient is woken when its message is due, and by nothing after the team has closed."""

from __future__ import annotations

import asyncio

from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.runtime.schedule import Schedule
from loomkin_jupyter.teams.alarms import Alarms
from loomkin_jupyter.teams.roster import Roster
from loomkin_jupyter.testing.clock import JumpingClock


class Woken(Roster):
    """A roster that notes who was woken."""

    def __init__(self) -> None:
        super().__init__("main")
        self.names: list[str] = []
        self.rung = asyncio.Event()

    def wake(self, name: str) -> None:
        self.names.append(name)
        self.rung.set()


def envelope(to: str) -> Envelope:
    return Envelope(id=f"msg_{to}", sender="user", to=to, text="Look again.", kind="message")


async def test_alarms_ring_when_due_and_not_after_the_end() -> None:
    clock, roster = JumpingClock(), Woken()
    schedule = Schedule(clock)
    alarms = Alarms(schedule, roster)
    alarms.set(envelope("ada"), clock.now() + 60)
    alarms.set(envelope("bob"), clock.now() + 3600)
    await clock.until_sleeping(2)
    clock.jump(61)
    await asyncio.wait_for(roster.rung.wait(), 60)
    assert roster.names == ["ada"]
    alarms.close()
    clock.jump(4000)
    await schedule.close()
    assert roster.names == ["ada"]
