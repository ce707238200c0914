"""The bills of all model calls, and what they come to. An unknown price makes a sum unknown (None), never 0."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from loomkin_jupyter.core.ports import AnswerBill
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.tables.ledger import bills
from loomkin_jupyter.store.transaction import Tx

_NAMES = (
    "call", "team", "agent", "run", "model", "input", "output", "cached", "reasoning", "cost_nano", "estimated",
    "purpose", "time",
)  # fmt: skip
_INSERT = Prepared(sa.insert(bills), _NAMES)


def add(tx: Tx, bill: AnswerBill, *, team: str = "") -> None:
    """Keep one bill."""
    usage = bill.usage
    _INSERT.run(
        tx.conn,
        {
            "call": bill.call,
            "team": team,
            "agent": bill.agent,
            "run": bill.run,
            "model": bill.model,
            "input": usage.input,
            "output": usage.output,
            "cached": usage.cached,
            "reasoning": usage.reasoning,
            "cost_nano": bill.cost_nano,
            "estimated": bill.estimated,
            "purpose": bill.purpose,
            "time": tx.time,
        },
    )


def spent(conn: sa.Connection, run: str | None = None, agent: str | None = None) -> tuple[int | None, Usage]:
    """Return (nano-dollars or None when a price was unknown, tokens) of a run, an agent, both, or everything."""
    which = {name: value for name, value in (("of_run", run), ("of_agent", agent)) if value is not None}
    found = _sums(tuple(which)).first(conn, which)
    assert found is not None, "sums have a row even of nothing"
    count, priced, nano, tokens_in, tokens_out, cached, reasoning = found
    return (nano if priced == count else None), Usage(tokens_in, tokens_out, cached, reasoning)


@cache
def _sums(names: tuple[str, ...]) -> Prepared:
    c = bills.c
    query = sa.select(
        sa.func.count(),
        sa.func.count(c.cost_nano),
        *(
            sa.func.coalesce(sa.func.sum(one), sa.literal_column("0"))
            for one in (c.cost_nano, c.input, c.output, c.cached, c.reasoning)
        ),
    ).select_from(bills)
    return Prepared(query.where(*(c[name.removeprefix("of_")] == sa.bindparam(name) for name in names)))


def agents_of(conn: sa.Connection, run: str) -> int:
    """Return how many agents made model calls for a run."""
    query = sa.select(sa.func.count(sa.distinct(bills.c.agent))).where(bills.c.run == run)
    return conn.execute(query).scalar_one()


def all_bills(conn: sa.Connection, run: str | None = None) -> list[AnswerBill]:
    """Return the bills (of one run) in the order in which they came."""
    query = sa.select(bills).order_by(bills.c.position)
    if run is not None:
        query = query.where(bills.c.run == run)
    return [
        AnswerBill(
            call=row["call"],
            agent=row["agent"],
            run=row["run"],
            model=row["model"],
            usage=Usage(row["input"], row["output"], row["cached"], row["reasoning"]),
            cost_nano=row["cost_nano"],
            estimated=row["estimated"],
            purpose=row["purpose"],
        )
        for row in conn.execute(query).mappings()
    ]
