"""File changes: the bytes from before come back, newest first, once."""

from __future__ import annotations

import pytest

from loomkin_jupyter.store import changes
from loomkin_jupyter.store.changes import Change
from loomkin_jupyter.store.store import Store


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff text" * 1000])
async def test_bytes_come_back_as_they_were(store: Store, content: bytes | None) -> None:
    change = Change(call="c", agent="ada", path="a.py", before="0", after="1")
    number = await store.transact(lambda tx: changes.add(tx, change, content))
    assert await store.read(lambda conn: changes.content_before(conn, number)) == content


async def test_standing_changes_newest_first_until_undone(store: Store) -> None:
    numbers: list[int] = []
    for path, run in [("a.py", "r1"), ("b.py", "r1"), ("a.py", "r2")]:
        change = Change(call="c", agent="ada", path=path, before="0", after="1", run=run)
        numbers.append(await store.transact(lambda tx, change=change: changes.add(tx, change, b"x")))
    assert [c.number for c in await store.read(changes.standing)] == numbers[::-1]
    assert [c.number for c in await store.read(lambda conn: changes.standing(conn, path="a.py"))] == [
        numbers[2],
        numbers[0],
    ]
    assert [c.number for c in await store.read(lambda conn: changes.standing(conn, run="r1"))] == [
        numbers[1],
        numbers[0],
    ]
    assert await store.transact(lambda tx: changes.mark_undone(tx, numbers[2]))
    assert not await store.transact(lambda tx: changes.mark_undone(tx, numbers[2]))
    assert len(await store.read(changes.standing)) == 2


async def test_what_a_call_was_about_to_write_is_found_and_forgotten(store: Store) -> None:
    change = Change(call="c", agent="ada", team="main", path="a.py", before="0", after="1")
    first = await store.transact(lambda tx: changes.add(tx, change, b"x"))
    second = await store.transact(lambda tx: changes.add(tx, change, b"y"))

    async def number() -> int:
        found = await store.read(lambda conn: changes.begun(conn, "c", agent="ada", team="main"))
        return 0 if found is None else found.number

    assert await store.read(lambda conn: changes.begun(conn, "c", agent="ben", team="main")) is None
    assert await number() == second
    await store.transact(lambda tx: changes.drop(tx, second))
    assert await number() == first
    await store.transact(lambda tx: changes.mark_undone(tx, first))
    await store.transact(lambda tx: changes.drop(tx, first))
    assert await number() == 0
    assert await store.read(lambda conn: changes.content_before(conn, first)) == b"x"
