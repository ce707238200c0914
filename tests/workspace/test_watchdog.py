"""Stalled is told once, and only of those from whom a sign was due."""

from __future__ import annotations

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.clock import JumpingClock
from loomkin_jupyter.workspace.watchdog import Watchdog


def activity(name: str, agent: str = "lead") -> s.ActivityChanged:
    return s.ActivityChanged(activity=name, team="main", agent=agent)


def test_an_activity_without_a_sign_is_told_once():
    clock = JumpingClock()
    watchdog = Watchdog(clock, lambda: 100.0)
    watchdog(activity("thinking"))
    clock.jump(99)
    assert watchdog.look() == []
    clock.jump(2)
    (stalled,) = watchdog.look()
    assert (stalled.agent, stalled.activity, stalled.seconds) == ("lead", "thinking", 101.0)
    assert watchdog.look() == []


def test_a_sign_begins_the_wait_again():
    clock = JumpingClock()
    watchdog = Watchdog(clock, lambda: 100.0)
    watchdog(activity("streaming"))
    for _ in range(5):
        clock.jump(60)
        watchdog(s.TextStreamed(call="c", text="x", team="main", agent="lead"))
        assert watchdog.look() == []
    clock.jump(101)
    assert len(watchdog.look()) == 1


def test_waiting_for_people_and_idleness_are_not_stalling():
    clock = JumpingClock()
    watchdog = Watchdog(clock, lambda: 100.0)
    for number, name in enumerate(("permission", "approval", "answer", "budget", "teammate", "kernel", "")):
        watchdog(activity(name, f"agent-{number}"))
    watchdog(activity("thinking", "idler"))
    watchdog(s.AgentStatusChanged(was="working", status="idle", team="main", agent="idler"))
    watchdog(s.LogWritten(text="no agent"))
    clock.jump(10_000)
    assert watchdog.look() == []
