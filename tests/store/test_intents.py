"""Intents: what was begun and not finished is found again, with all that a resume needs to judge it."""

from __future__ import annotations

from loomkin_jupyter.store import intents
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


async def test_an_intent_is_open_until_it_is_finished(store: Store) -> None:
    def begin(tx: Tx) -> None:
        intents.begin(tx, "c1", "ada", "t", "shell", '{"command": "ls"}')
        intents.begin(tx, "c2", "ada", "t", "file_write", "{}", path="a.py", before="0", after="1")
        intents.note_process(tx, "c1", 4711, 12.5)
        tx.effect("c2", "id: T1")

    await store.transact(begin)
    first, second = await store.read(lambda conn: intents.open_intents(conn, "t"))
    assert (first.pgid, first.start_time, first.effect) == (4711, 12.5, None)
    assert (second.path, second.before, second.after, second.effect) == ("a.py", "0", "1", "id: T1")
    await store.transact(lambda tx: intents.finish(tx, "c1", "ok"))
    assert [i.call for i in await store.read(lambda conn: intents.open_intents(conn, "t"))] == ["c2"]
    done = await store.read(lambda conn: intents.get(conn, "c1"))
    assert done is not None
    assert done.status == "ok"
    assert await store.read(lambda conn: intents.get(conn, "c9")) is None


async def test_two_agents_may_use_the_same_call_id(store: Store) -> None:
    def begin(tx: Tx) -> None:
        intents.begin(tx, "c1", "ada", "t", "shell", "{}")
        intents.begin(tx, "c1", "bob", "t", "shell", "{}")
        intents.begin(tx, "c1", "bob", "t", "git", "{}")
        intents.effect(tx, "c1", "bob's", agent="bob", team="t")

    await store.transact(begin)
    found = await store.read(lambda conn: intents.open_intents(conn, "t"))
    assert {(i.agent, i.tool, i.effect) for i in found} == {("ada", "shell", None), ("bob", "git", "bob's")}
