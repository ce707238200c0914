"""Prepared statements do what the same statement does by itself: values, counts, errors."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.agents import agents
from loomkin_jupyter.store.transaction import Tx

ADD = Prepared(sa.insert(agents), [column.name for column in agents.c])
RENAME = Prepared(
    sa.update(agents)
    .where(agents.c.team == sa.bindparam("of"), agents.c.stopped.is_(None), agents.c.role == "coder")
    .values(tools=sa.bindparam("new_tools"), lead=sa.bindparam("leads"))
)
FIND = Prepared(sa.select(agents.c.name, agents.c.created).where(agents.c.team == sa.bindparam("of")))


def _row(name: str, role: str = "coder") -> dict[str, object]:
    return {
        "team": "main", "name": name, "role": role, "model": "", "tier": "default", "lead": False, "tools": ["a"],
        "status": "idle", "restarts": 0, "state": {"x": [1]}, "created": 1, "stopped": None,
    }  # fmt: skip


async def test_values_are_converted_as_the_columns_say(store: Store) -> None:
    def work(tx: Tx) -> tuple[int, int, object]:
        added = ADD.run_many(tx.conn, [_row("ada"), _row("bob"), _row("eve", "tester")])
        changed = RENAME.run(tx.conn, {"of": "main", "new_tools": ["b", "c"], "leads": True})
        return added, changed, FIND.first(tx.conn, {"of": "main"})

    assert await store.transact(work) == (3, 2, ("ada", 1.0))
    query = sa.select(agents.c.name, agents.c.tools, agents.c.lead, agents.c.state).order_by(agents.c.name)
    assert [tuple(row) for row in await store.read(lambda conn: conn.execute(query).all())] == [
        ("ada", ["b", "c"], True, {"x": [1]}),
        ("bob", ["b", "c"], True, {"x": [1]}),
        ("eve", ["a"], False, {"x": [1]}),
    ]
    assert await store.transact(lambda tx: FIND.first(tx.conn, {"of": "nobody"})) is None


async def test_an_error_is_that_of_the_statement_and_takes_back_its_work_only(store: Store) -> None:
    await store.transact(lambda tx: ADD.run(tx.conn, _row("ada")))

    def work(tx: Tx) -> None:
        ADD.run(tx.conn, _row("bob"))
        ADD.run(tx.conn, _row("ada"))

    with pytest.raises(IntegrityError, match="UNIQUE"):
        await store.transact(work)
    names = await store.read(lambda conn: conn.execute(sa.select(agents.c.name)).scalars().all())
    assert list(names) == ["ada"]


async def test_a_parameter_that_is_missing_is_named(store: Store) -> None:
    row = _row("ada")
    del row["role"]
    with pytest.raises(KeyError, match="role"):
        await store.transact(lambda tx: ADD.run(tx.conn, row))
