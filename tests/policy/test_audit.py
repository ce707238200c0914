"""The audit: one row and one signal per decision, in one transaction, without secrets."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.signals import PermissionDecided, Signal
from loomkin_jupyter.policy.audit import Audit, note
from loomkin_jupyter.policy.request import Decision, PermissionRequest
from loomkin_jupyter.store import grants as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


def asked(**fields: Any) -> PermissionRequest:
    return PermissionRequest(
        call="c1", agent="ada", role="coder", tool="shell", kind="execute", run="r1", team="t", **fields
    )


async def test_row_and_signal_say_the_same_without_the_secret(store: Store, committed: list[Signal]) -> None:
    audit = Audit(store, Redactor(["canary-secret-value"]))
    request = asked(command="curl -H canary-secret-value x")
    await audit.record(request, Decision(allowed=False, rule="network", reason="holds canary-secret-value"))
    await audit.record(asked(target="a.py"), Decision(allowed=True, rule="preset: full"))
    await store.flush()
    said = [signal for signal in committed if isinstance(signal, PermissionDecided)]
    kept = await store.read(lambda conn: rows.audited(conn))
    assert [(s.target, s.allowed, s.rule, s.cause) for s in said] == [
        (said[0].target, False, "network", "c1"),
        ("a.py", True, "preset: full", "c1"),
    ]
    assert sorted((row.target, row.allowed, row.rule, row.reason) for row in kept) == sorted(
        (s.target, s.allowed, s.rule, s.reason) for s in said
    )
    assert "canary" not in f"{said} {kept}"
    assert audit.statistics() == {"allowed": 1, "refused": 1}


async def test_a_target_of_any_length_is_cut(store: Store) -> None:
    audit = Audit(store, Redactor([]))
    await audit.record(asked(command="echo " + "x" * 10_000), Decision(allowed=True, rule="r", reason="y" * 10_000))
    (row,) = await store.read(lambda conn: rows.audited(conn))
    assert (len(row.target), len(row.reason)) == (2_000, 2_000)


async def test_a_decision_goes_with_its_transaction(store: Store, committed: list[Signal]) -> None:
    signal = PermissionDecided(call="c", tool="shell", target="x", allowed=True, rule="r", team="t", agent="ada")

    def work(tx: Tx) -> None:
        note(tx, signal)
        raise RuntimeError("changed its mind")

    with pytest.raises(RuntimeError, match="changed its mind"):
        await store.transact(work)
    await store.flush()
    assert await store.read(lambda conn: rows.audited(conn)) == []
    assert committed == []
