"""Histories: order, marks, and that the whole is never lost."""

from __future__ import annotations

import sqlalchemy as sa

from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.agents import history

_ENTRIES: list[Entry] = [
    UserEntry(id="e1", text="look"),
    AssistantEntry(id="e2", text="", calls=(ToolCall("c1", "file_read", '{"file_path": "a"}'),), finish="tool_calls"),
    ToolEntry(id="e3", call_id="c1", name="file_read", text="ü"),
    AssistantEntry(id="e4", text="done"),
]


async def test_entries_come_back_as_they_were_in_order(store: Store) -> None:
    await store.transact(lambda tx: histories.append(tx, "t", "ada", _ENTRIES[:2]))
    await store.transact(lambda tx: histories.append(tx, "t", "ada", _ENTRIES[2:]))
    await store.transact(lambda tx: histories.append(tx, "t", "bob", _ENTRIES[:1]))
    await store.transact(lambda tx: histories.append(tx, "t", "ada", []))
    assert await store.read(lambda conn: histories.load(conn, "t", "ada")) == _ENTRIES
    assert await store.read(lambda conn: histories.load_all(conn, "t", "bob")) == _ENTRIES[:1]
    assert await store.read(lambda conn: histories.load(conn, "other", "ada")) == []


async def test_what_lives_in_a_keeper_is_no_part_of_the_live_history(store: Store) -> None:
    def offload(tx: histories.Tx) -> None:
        histories.append(tx, "t", "ada", _ENTRIES)
        moved = history.c.entry.in_(["e1", "e2", "e3"])
        tx.conn.execute(sa.update(history).where(moved).values(keeper="K1"))

    await store.transact(offload)
    assert await store.read(lambda conn: histories.load_live(conn, "t", "ada")) == [_ENTRIES[3]]
    assert await store.read(lambda conn: histories.load_all(conn, "t", "ada")) == _ENTRIES
