"""Runs: begun once, finished once, listed."""

from __future__ import annotations

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.store import runs
from loomkin_jupyter.store.runs import RunRecord
from loomkin_jupyter.store.store import Store


async def test_a_run_ends_once(store: Store) -> None:
    record = await store.transact(lambda tx: runs.begin(tx, RunRecord(id="r1", team="t", request="why?", labels=["a"])))
    await store.transact(lambda tx: runs.begin(tx, RunRecord(id="r2", team="u", request="how?")))
    assert await store.read(lambda conn: runs.get(conn, "r1")) == record
    assert [r.id for r in await store.read(runs.running)] == ["r1", "r2"]
    assert [r.id for r in await store.read(lambda conn: runs.running(conn, "u"))] == ["r2"]
    assert await store.transact(
        lambda tx: runs.finish(tx, "r1", "done", answer="so", cost_nano=5, tokens=Usage(1, 2), agents=2)
    )
    assert not await store.transact(lambda tx: runs.finish(tx, "r1", "failed"))
    found = await store.read(lambda conn: runs.get(conn, "r1"))
    assert found is not None
    assert (found.status, found.answer, found.cost_nano, found.tokens) == ("done", "so", 5, Usage(1, 2))
    assert found.finished is not None
    assert [r.id for r in await store.read(runs.latest)] == ["r2", "r1"]
    assert await store.read(lambda conn: runs.get(conn, "r9")) is None
