"""The inbox: order by priority, consumption, and what a person may do with what waits."""

from __future__ import annotations

from loomkin_jupyter.core.messages import Envelope, Priority
from loomkin_jupyter.store import inbox
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


def _envelope(name: str, priority: Priority = "normal", to: str = "ada") -> Envelope:
    return Envelope(id=name, to=to, sender="user", kind="message", text=f"text {name}", priority=priority)


async def _fill(store: Store) -> None:
    def work(tx: Tx) -> None:
        for name, priority in [("n1", "normal"), ("n2", "normal"), ("u1", "urgent"), ("h1", "high"), ("n3", "normal")]:
            inbox.add(tx, "t", _envelope(name, priority))  # pyright: ignore[reportArgumentType]
        inbox.add(tx, "t", _envelope("b1", to="bob"))

    await store.transact(work)


async def _waiting(store: Store, agent: str | None = "ada") -> list[str]:
    return [envelope.id for envelope in await store.read(lambda conn: inbox.waiting(conn, "t", agent))]


async def test_messages_wait_in_the_order_of_priority_and_arrival(store: Store) -> None:
    await _fill(store)
    assert await _waiting(store) == ["u1", "h1", "n1", "n2", "n3"]
    assert await _waiting(store, None) == ["u1", "h1", "n1", "n2", "n3", "b1"]


async def test_a_message_is_consumed_once(store: Store) -> None:
    await _fill(store)
    assert await store.transact(lambda tx: inbox.consume(tx, "t", ["u1", "n1"])) == 2
    assert await store.transact(lambda tx: inbox.consume(tx, "t", ["u1", "nobody"])) == 0
    assert await store.transact(lambda tx: inbox.consume(tx, "t", [])) == 0
    assert await _waiting(store) == ["h1", "n2", "n3"]
    assert not await store.transact(lambda tx: inbox.delete(tx, "t", "u1"))
    assert await store.transact(lambda tx: inbox.edit(tx, "t", "u1", "late")) is None
    assert not await store.transact(lambda tx: inbox.move(tx, "t", "u1", 0))


async def test_waiting_messages_are_edited_deleted_and_moved(store: Store) -> None:
    await _fill(store)
    edited = await store.transact(lambda tx: inbox.edit(tx, "t", "n1", "better"))
    assert edited is not None
    assert edited.text == "better"
    assert await store.transact(lambda tx: inbox.delete(tx, "t", "h1"))
    assert await store.transact(lambda tx: inbox.move(tx, "t", "n3", 0))
    assert await _waiting(store) == ["n3", "u1", "n1", "n2"]
    assert await store.transact(lambda tx: inbox.move(tx, "t", "n3", 99))
    assert await _waiting(store) == ["u1", "n1", "n2", "n3"]
    found = await store.read(lambda conn: inbox.get(conn, "t", "n1"))
    assert found is not None
    assert found.text == "better"
