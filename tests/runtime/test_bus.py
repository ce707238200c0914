"""The bus: numbers, topics, order, slow readers, callbacks that raise."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.signals import ErrorReported, GapMarked, LogWritten, Signal, TextStreamed
from loomkin_jupyter.runtime.bus import Bus


def _note(text: str, workspace: str = "", team: str = "", agent: str = "") -> LogWritten:
    return LogWritten(text=text, workspace=workspace, team=team, agent=agent)


def _texts(signals: list[Signal]) -> list[str]:
    return [s.text if isinstance(s, LogWritten) else type(s).__name__ for s in signals]


async def test_publish_numbers_what_has_no_number_and_leaves_the_rest() -> None:
    bus = Bus(numbering=Numbering(workspace="w", epoch=4))
    first = bus.publish(_note("a"))
    second = bus.publish(bus.numbering.stamp(_note("b")))
    assert (first.epoch, first.seq, second.seq, first.workspace) == (4, 1, 2, "w")
    assert first.id < second.id
    assert first.time > 0


async def test_topics_and_types_select() -> None:
    bus = Bus()
    everything, team = bus.subscribe(), bus.subscribe("w/t")
    ada, any_team = bus.subscribe("w/t/ada"), bus.subscribe("w/*/ada")
    streamed = bus.subscribe(types={"agent.text_streamed"})
    bus.publish(_note("1", workspace="w", team="t", agent="ada"))
    bus.publish(_note("2", workspace="w", team="t2", agent="ada"))
    bus.publish(_note("3", workspace="w", team="t", agent="bob"))
    bus.publish(_note("4", workspace="w2"))
    bus.publish(TextStreamed(call="c", text="hm", workspace="w", team="t", agent="bob"))
    assert _texts(everything.drain()) == ["1", "2", "3", "4", "TextStreamed"]
    assert _texts(team.drain()) == ["1", "3", "TextStreamed"]
    assert _texts(ada.drain()) == ["1"]
    assert _texts(any_team.drain()) == ["1", "2"]
    assert _texts(streamed.drain()) == ["TextStreamed"]


async def test_a_slow_reader_gets_a_gap_mark_and_the_newest() -> None:
    bus = Bus()
    slow = bus.subscribe(capacity=3)
    bus.publish_all(_note(str(n)) for n in range(10))
    assert bus.statistics()["lost_unread"] == 7
    first = await anext(slow)
    assert isinstance(first, GapMarked)
    assert first.lost == 7
    assert _texts(slow.drain()) == ["7", "8", "9"]
    assert slow.drain() == []


@given(st.lists(st.one_of(st.just("publish"), st.integers(1, 5)), max_size=60), st.integers(1, 8))
def test_what_is_read_and_what_is_lost_adds_up(steps: list[str | int], capacity: int) -> None:
    bus = Bus()
    subscription = bus.subscribe(capacity=capacity)
    published = lost = 0
    read: list[int] = []
    for step in [*steps, 10_000]:
        if isinstance(step, str):
            bus.publish(_note(str(published)))
            published += 1
            continue
        for signal in subscription.drain(step):
            if isinstance(signal, GapMarked):
                lost += signal.lost
            else:
                read.append(int(_texts([signal])[0]))
    assert len(read) + lost == published
    assert read == sorted(set(read))


async def test_iteration_waits_and_ends_with_close() -> None:
    bus = Bus()
    subscription = bus.subscribe()

    async def collect() -> list[str]:
        return [_texts([signal])[0] async for signal in subscription]

    reader = asyncio.create_task(collect())
    await asyncio.sleep(0)
    bus.publish(_note("a"))
    await asyncio.sleep(0)
    bus.publish(_note("b"))
    bus.close()
    bus.publish(_note("unheard"))
    assert await asyncio.wait_for(reader, 30) == ["a", "b"]
    assert bus.statistics()["subscriptions"] == 0


async def test_wait_tells_of_signals_without_taking_them() -> None:
    bus = Bus()
    subscription = bus.subscribe()
    waiter = asyncio.create_task(subscription.wait())
    await asyncio.sleep(0)
    bus.publish(_note("a"))
    await asyncio.wait_for(waiter, 30)
    assert len(subscription) == 1


async def test_a_raising_callback_is_reported_and_hurts_nobody() -> None:
    bus = Bus()
    heard: list[Signal] = []

    def broken(signal: Signal) -> None:
        raise ValueError(f"cannot draw {type(signal).__name__}")

    bus.listen(broken)
    bus.listen(heard.append)
    bus.publish(_note("a", team="t"))
    assert _texts(heard) == ["a", "ErrorReported"]
    report = heard[1]
    assert isinstance(report, ErrorReported)
    assert "cannot draw LogWritten" in report.message
    assert (report.cause, report.team) == (heard[0].id, "t")
    assert bus.statistics()["errors"] == 2  # about the report itself it is only counted


async def test_what_a_listener_publishes_comes_after_what_it_was_told() -> None:
    bus = Bus()
    heard: list[Signal] = []

    def echo(signal: Signal) -> None:
        if isinstance(signal, LogWritten) and signal.text == "first":
            bus.publish(_note("second"))

    bus.listen(echo)
    bus.listen(heard.append)
    bus.publish(_note("first"))
    assert _texts(heard) == ["first", "second"]


async def test_a_closed_listener_hears_nothing_more() -> None:
    bus = Bus()
    heard: list[Signal] = []
    listener = bus.listen(heard.append, types={"system.notice"})
    bus.publish(_note("a"))
    listener.close()
    listener.close()
    bus.publish(_note("b"))
    assert _texts(heard) == ["a"]


async def test_many_agents_do_not_make_the_routes_grow_for_ever() -> None:
    bus = Bus()
    heard: list[Signal] = []
    bus.listen(heard.append)
    for number in range(9_000):
        bus.publish(_note("x", agent=f"agent-{number}"))
    assert len(heard) == 9_000
