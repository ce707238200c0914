"""The queue of one agent: what may be taken, in which order, and never twice."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.agents.history import History
from loomkin_jupyter.agents.inbox import Inbox
from loomkin_jupyter.core.messages import Envelope, EnvelopeKind, Priority
from loomkin_jupyter.store import inbox as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.testing.clock import JumpingClock


def envelope(name: str, kind: EnvelopeKind = "message", priority: Priority = "normal") -> Envelope:
    return Envelope(id=name, to="ada", sender="bob", kind=kind, text=name, priority=priority, run="run_1")


@pytest.fixture
def held() -> set[str]:
    return set()


@pytest.fixture
def box(store: Store, held: set[str]) -> Inbox:
    return Inbox(store, JumpingClock(), "main", "ada", lambda one: one.id not in held)


def test_urgent_comes_first_and_nothing_twice(box: Inbox) -> None:
    for one in (envelope("a"), envelope("b", priority="high"), envelope("c", priority="urgent"), envelope("a")):
        box.put(one)
    assert [one.id for one in box.waiting()] == ["c", "b", "a"]
    assert box.urgent()


def test_one_request_at_a_time_and_what_is_held_waits(box: Inbox, held: set[str]) -> None:
    for one in (envelope("r1", "request"), envelope("r2", "request"), envelope("m")):
        box.put(one)
    held.add("m")
    assert [one.id for one in box.ready()] == ["r1"]


async def test_waiting_ends_when_the_turn_of_a_held_message_comes(box: Inbox, held: set[str]) -> None:
    held.add("m")
    box.put(envelope("m"))
    waiting = asyncio.ensure_future(box.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    held.clear()
    box.wake()
    await asyncio.wait_for(waiting, 30)


async def test_draining_moves_from_the_queue_into_the_history(store: Store, box: Inbox) -> None:
    history = History(store, "main", "ada")
    await store.transact(lambda tx: rows.add(tx, "main", envelope("m")))
    box.put(envelope("m"))
    taken = await box.drain(history, "run_1", lambda tx, envelopes: None)
    assert [one.id for one in taken] == ["m"]
    assert not len(box)
    assert not await store.read(lambda conn: rows.waiting(conn, "main"))
    assert "message from bob" in history.entries[0].text
    assert await box.drain(history, "run_1", lambda tx, envelopes: None) == []
