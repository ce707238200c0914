"""Claims in the store: put, changed, removed."""

from __future__ import annotations

import msgspec

from loomkin_jupyter.core.ports import ClaimView
from loomkin_jupyter.store import claims
from loomkin_jupyter.store.claims import StoredClaim
from loomkin_jupyter.store.store import Store


async def test_a_claim_is_put_changed_and_removed(store: Store) -> None:
    view = ClaimView(id="claim_1", path="a.py", holder="ada", start=1, end=5, symbol="f", intent="rename")
    claim = StoredClaim(view=view, task="T1", run="run_1", expires=300.0)
    await store.transact(lambda tx: claims.put(tx, "main", claim))
    moved = msgspec.structs.replace(claim, view=msgspec.structs.replace(view, start=3, end=7), expires=600.0)
    await store.transact(lambda tx: claims.put(tx, "main", moved))
    assert await store.read(lambda conn: claims.load(conn, "main")) == [moved]
    assert await store.read(lambda conn: claims.load(conn, "other")) == []
    await store.transact(lambda tx: claims.remove(tx, ["claim_1"]))
    assert await store.read(lambda conn: claims.load(conn, "main")) == []
