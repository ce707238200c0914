"""The ledger: sums by run and agent; one unknown price makes a sum unknown."""

from __future__ import annotations

from loomkin_jupyter.core.ports import AnswerBill
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.store import ledger
from loomkin_jupyter.store.store import Store


def _bill(call: str, agent: str, cost: int | None, run: str = "r1") -> AnswerBill:
    return AnswerBill(call=call, agent=agent, run=run, model="m", usage=Usage(10, 5, 2, 1), cost_nano=cost)


async def test_sums_and_the_unknown(store: Store) -> None:
    bills = [_bill("1", "ada", 7), _bill("2", "bob", 5), _bill("3", "ada", None, "r2")]
    for bill in bills:
        await store.transact(lambda tx, bill=bill: ledger.add(tx, bill, team="t"))
    assert await store.read(lambda conn: ledger.spent(conn, run="r1")) == (12, Usage(20, 10, 4, 2))
    assert await store.read(lambda conn: ledger.spent(conn, run="r1", agent="ada")) == (7, Usage(10, 5, 2, 1))
    assert await store.read(ledger.spent) == (None, Usage(30, 15, 6, 3))
    assert await store.read(lambda conn: ledger.spent(conn, run="none")) == (0, Usage())
    assert await store.read(ledger.all_bills) == bills
    assert await store.read(lambda conn: ledger.all_bills(conn, "r2")) == bills[2:]
