"""The mailbox against a plain list, and the moments at which readers wait, are cancelled and hear of the end."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from loomkin_jupyter.runtime.mailbox import Mailbox, MailboxClosed


class MailboxMachine(RuleBasedStateMachine):
    """Items are unique numbers; the model is a list of (order, item)."""

    def __init__(self) -> None:
        super().__init__()
        self.mailbox: Mailbox[int] = Mailbox()
        self.model: list[tuple[int, int]] = []
        self.next = 1000

    def _new(self) -> int:
        self.next += 1
        return self.next

    @rule(order=st.integers(0, 2))
    def put(self, order: int) -> None:
        item = self._new()
        assert self.mailbox.put(item, order)
        behind = [i for i, (other, _) in enumerate(self.model) if other <= order]
        self.model.insert(behind[-1] + 1 if behind else 0, (order, item))

    @rule()
    def put_front(self) -> None:
        item = self._new()
        assert self.mailbox.put_front(item)
        self.model.insert(0, (self.model[0][0] if self.model else 0, item))

    @rule()
    def get(self) -> None:
        expected = self.model.pop(0)[1] if self.model else None
        assert self.mailbox.get_nowait() == expected

    @rule()
    def drain(self) -> None:
        assert self.mailbox.drain() == [item for _, item in self.model]
        self.model = []

    @rule(data=st.data())
    def move_and_delete(self, data: st.DataObject) -> None:
        kept: list[tuple[int, int]] = data.draw(st.permutations(self.model))
        kept = kept[: data.draw(st.integers(0, len(kept)))]
        self.mailbox.replace(lambda _: [item for _, item in kept])
        self.model = kept

    @invariant()
    def same(self) -> None:
        assert self.mailbox.peek() == tuple(item for _, item in self.model)
        assert len(self.mailbox) == len(self.model) == self.mailbox.statistics()["waiting"]


TestMailboxMachine = MailboxMachine.TestCase


async def test_urgent_comes_first_and_one_order_keeps_its_sequence() -> None:
    mailbox: Mailbox[str] = Mailbox()
    for text, order in [("a", 2), ("b", 2), ("now", 0), ("soon", 1), ("now too", 0)]:
        mailbox.put(text, order)
    assert mailbox.drain() == ["now", "now too", "soon", "a", "b"]


async def test_a_waiting_reader_is_woken() -> None:
    mailbox: Mailbox[int] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put(7)
    assert await reader == 7


async def test_a_reader_cancelled_after_the_wake_loses_nothing() -> None:
    mailbox: Mailbox[int] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put(7)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert await mailbox.get() == 7


async def test_two_waiting_readers_are_a_mistake() -> None:
    mailbox: Mailbox[int] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="two readers"):
        await mailbox.get()
    with pytest.raises(RuntimeError, match="two readers"):
        await mailbox.wait()
    mailbox.put(1)
    assert await reader == 1


async def test_wait_leaves_the_item() -> None:
    mailbox: Mailbox[int] = Mailbox()
    waiter = asyncio.create_task(mailbox.wait())
    await asyncio.sleep(0)
    mailbox.put(3)
    await waiter
    assert mailbox.peek() == (3,)


async def test_replace_wakes_a_reader() -> None:
    mailbox: Mailbox[int] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.replace(lambda items: [*items, 5])
    assert await reader == 5


async def test_close_refuses_new_items_and_ends_readers_after_the_last() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    mailbox.close()
    assert not mailbox.put(2)
    assert not mailbox.put_front(2)
    assert await mailbox.get() == 1
    with pytest.raises(MailboxClosed):
        await mailbox.get()
    with pytest.raises(MailboxClosed):
        await mailbox.wait()


async def test_close_wakes_a_reader_in_vain() -> None:
    mailbox: Mailbox[int] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.close()
    with pytest.raises(MailboxClosed):
        await reader
