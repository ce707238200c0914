"""Workspace settings: set, changed, forgotten."""

from __future__ import annotations

from loomkin_jupyter.store import settings
from loomkin_jupyter.store.store import Store


async def test_settings_are_set_changed_and_forgotten(store: Store) -> None:
    await store.transact(lambda tx: settings.put(tx, "budget.run_usd", 5.0, "panel"))
    await store.transact(lambda tx: settings.put(tx, "model.default", "a/b"))
    await store.transact(lambda tx: settings.put(tx, "budget.run_usd", 2.5))
    assert await store.read(settings.load) == {"budget.run_usd": 2.5, "model.default": "a/b"}
    assert await store.transact(lambda tx: settings.remove(tx, "model.default"))
    assert not await store.transact(lambda tx: settings.remove(tx, "model.default"))
    assert await store.read(settings.load) == {"budget.run_usd": 2.5}
