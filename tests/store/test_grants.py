"""Grants end by revocation or time; the audit keeps every decision."""

from __future__ import annotations

from loomkin_jupyter.store import grants
from loomkin_jupyter.store.grants import Audited, Grant
from loomkin_jupyter.store.store import Store


async def test_grants_hold_until_revoked_or_expired(store: Store) -> None:
    await store.transact(lambda tx: grants.add(tx, Grant(id="g1", tool="shell", scope="ls *")))
    await store.transact(lambda tx: grants.add(tx, Grant(id="g2", tool="shell", scope="cat *", expires=50.0)))
    assert [g.id for g in await store.read(lambda conn: grants.in_force(conn, 49.0))] == ["g1", "g2"]
    assert [g.id for g in await store.read(lambda conn: grants.in_force(conn, 51.0))] == ["g1"]
    assert await store.transact(lambda tx: grants.revoke(tx, "g1"))
    assert not await store.transact(lambda tx: grants.revoke(tx, "g1"))
    assert await store.read(lambda conn: grants.in_force(conn, 51.0)) == []


async def test_the_audit_keeps_order(store: Store) -> None:
    for n in range(3):
        decision = Audited(
            agent="ada", call=str(n), tool="shell", target="ls", allowed=n > 0, rule="r", run=f"r{n % 2}"
        )
        await store.transact(lambda tx, decision=decision: grants.note(tx, decision))
    assert [a.call for a in await store.read(grants.audited)] == ["0", "1", "2"]
    assert [a.allowed for a in await store.read(lambda conn: grants.audited(conn, "r0"))] == [False, True]
    assert [a.call for a in await store.read(lambda conn: grants.audited(conn, limit=1))] == ["2"]
