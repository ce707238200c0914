"""Teams and agents as a restart finds them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from loomkin_jupyter.store import agents
from loomkin_jupyter.store.agents import AgentRecord, TeamRecord
from loomkin_jupyter.store.store import Store


async def test_agents_are_kept_changed_and_stopped(store: Store) -> None:
    lead = AgentRecord(team="t", name="lead", role="lead", lead=True, tools=["shell"])
    coder = AgentRecord(team="t", name="coder", role="coder")
    kept = await store.transact(lambda tx: agents.add(tx, lead))
    await store.transact(lambda tx: agents.add(tx, coder))
    assert await store.read(lambda conn: agents.get(conn, "t", "lead")) == kept
    with pytest.raises(IntegrityError):
        await store.transact(lambda tx: agents.add(tx, coder))
    assert await store.transact(lambda tx: agents.update(tx, "t", "coder", status="idle", state={"streak": 2}))
    found = await store.read(lambda conn: agents.get(conn, "t", "coder"))
    assert found is not None
    assert (found.status, found.state) == ("idle", {"streak": 2})
    assert await store.transact(lambda tx: agents.stop(tx, "t", "coder"))
    assert [a.name for a in await store.read(lambda conn: agents.of_team(conn, "t"))] == ["lead"]
    assert len(await store.read(lambda conn: agents.of_team(conn, "t", stopped=True))) == 2
    await store.transact(lambda tx: agents.add(tx, coder))
    assert [a.name for a in await store.read(lambda conn: agents.of_team(conn, "t"))] == ["lead", "coder"]
    assert not await store.transact(lambda tx: agents.update(tx, "t", "nobody", status="idle"))
    assert await store.read(lambda conn: agents.get(conn, "t", "nobody")) is None


async def test_teams_are_kept(store: Store) -> None:
    team = await store.transact(lambda tx: agents.add_team(tx, TeamRecord(id="t", name="main", purpose="look")))
    assert await store.read(agents.all_teams) == [team]
