"""Histories: order, marks, and that the whole is never lost."""

from __future__ import annotations

from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store

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


async def test_offloaded_entries_leave_the_live_part_only(store: Store) -> None:
    pointer = UserEntry(id="e5", text="Earlier turns are in K1", kind="pointer", pinned=True)

    def offload(tx: histories.Tx) -> int:
        histories.append(tx, "t", "ada", _ENTRIES)
        marked = histories.mark_offloaded(tx, "t", "ada", ["e1", "e2", "e3"], "K1")
        histories.place_before(tx, "t", "ada", pointer)
        return marked

    assert await store.transact(offload) == 3
    assert await store.read(lambda conn: histories.load_live(conn, "t", "ada")) == [pointer, _ENTRIES[3]]
    everything = await store.read(lambda conn: histories.load_all(conn, "t", "ada"))
    assert everything == [*_ENTRIES[:3], pointer, _ENTRIES[3]]
