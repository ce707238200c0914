"""What a work may do: handles that count up and are never given twice, effects, signals that go with the rows."""

from __future__ import annotations

import asyncio

import pytest

from loomkin_jupyter.core.signals import LogWritten, Signal
from loomkin_jupyter.store import intents, settings
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


async def test_handles_count_up_per_prefix(store: Store) -> None:
    given = await asyncio.gather(*(store.transact(lambda tx: tx.handle("T")) for _ in range(20)))
    assert sorted(given, key=lambda handle: int(handle[1:])) == [f"T{number}" for number in range(1, 21)]
    assert await store.transact(lambda tx: (tx.handle("K"), tx.handle("K"))) == ("K1", "K2")


async def test_what_is_rolled_back_leaves_nothing(store: Store, committed: list[Signal]) -> None:
    def work(tx: Tx) -> None:
        assert tx.handle("T") == "T1"
        settings.put(tx, "a", 1)
        tx.emit(LogWritten(text="never"))
        assert [type(signal) for signal in tx.signals] == [LogWritten]
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await store.transact(work)
    await store.flush()
    assert committed == []
    assert await store.read(settings.load) == {}
    assert await store.transact(lambda tx: tx.handle("T")) == "T1"


async def test_an_effect_is_noted_at_its_call(store: Store) -> None:
    def begin(tx: Tx) -> None:
        for call in ("c1", "c2"):
            intents.begin(tx, call=call, agent="ada", team="t", tool="shell", arguments="{}")
        tx.effect("c1", "id: T1")

    await store.transact(begin)
    for call, effect in (("c1", "id: T1"), ("c2", None)):
        intent = await store.read(lambda conn, c=call: intents.get(conn, c))
        assert intent is not None
        assert intent.effect == effect
