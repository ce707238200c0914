"""Tool calls under way: begun before the side effect, finished after it; the open ones are what a kill cut off."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.rows import to_record
from loomkin_jupyter.store.tables.intents import intents
from loomkin_jupyter.store.transaction import Tx

_INSERT = Prepared(sa.insert(intents), [column.name for column in intents.c])


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One call. ``pgid`` and ``start_time`` identify its process group; ``before``/``after`` are SHA-256 of ``path``."""

    call: str
    team: str
    agent: str
    tool: str
    arguments: str = ""
    pgid: int | None = None
    start_time: float | None = None
    path: str | None = None
    before: str | None = None
    after: str | None = None
    effect: str | None = None
    status: str = "open"
    begun: float = 0.0
    ended: float | None = None


def begin(
    tx: Tx,
    call: str,
    agent: str,
    team: str,
    tool: str,
    arguments: str,
    pgid: int | None = None,
    start_time: float | None = None,
    path: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Note that ``call`` is about to happen; a call of that id from an earlier try is replaced."""
    which = _which(call, agent, team)
    _delete(tuple(which)).run(tx.conn, which)
    _INSERT.run(
        tx.conn,
        {
            "call": call,
            "team": team,
            "agent": agent,
            "tool": tool,
            "arguments": arguments,
            "pgid": pgid,
            "start_time": start_time,
            "path": path,
            "before": before,
            "after": after,
            "effect": None,
            "status": "open",
            "begun": tx.time,
            "ended": None,
        },
    )


def note_process(tx: Tx, call: str, pgid: int, start_time: float, *, agent: str = "", team: str = "") -> None:
    """Note the process group that works for ``call``, so that a resume can find and kill it."""
    _change(tx, _which(call, agent, team), {"pgid": pgid, "start_time": start_time})


def effect(tx: Tx, call: str, text: str, *, agent: str = "", team: str = "") -> None:
    """Note the call's result in the transaction of the change itself: whatever happens now, it was done."""
    _change(tx, _which(call, agent, team), {"effect": text})


def finish(tx: Tx, call: str, status: str, *, agent: str = "", team: str = "") -> None:
    """Close the intent: ok, failed, refused, interrupted or cancelled."""
    _change(tx, _which(call, agent, team), {"status": status, "ended": tx.time})


def open_intents(conn: sa.Connection, team: str) -> list[Intent]:
    """Return the calls of ``team`` that were begun and not finished, oldest first."""
    query = sa.select(intents).where(intents.c.team == team, intents.c.status == "open")
    rows = conn.execute(query.order_by(intents.c.begun, intents.c.call)).mappings()
    return [to_record(row, Intent) for row in rows]


def get(conn: sa.Connection, call: str, *, agent: str = "", team: str = "") -> Intent | None:
    """Return the intent of ``call``, or None."""
    which = _which(call, agent, team)
    row = conn.execute(sa.select(intents).where(*_is(tuple(which))), which).mappings().first()
    return None if row is None else to_record(row, Intent)


def _which(call: str, agent: str, team: str) -> dict[str, str]:
    """Name a call by its id; two agents' models may choose the same id, then name the agent and the team."""
    return {name: value for name, value in (("of_call", call), ("of_agent", agent), ("of_team", team)) if value}


def _is(names: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    return [intents.c[name.removeprefix("of_")] == sa.bindparam(name) for name in names]


@cache
def _delete(names: tuple[str, ...]) -> Prepared:
    return Prepared(sa.delete(intents).where(*_is(names)))


@cache
def _update(names: tuple[str, ...], fields: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {field: sa.bindparam(f"new_{field}") for field in fields}
    return Prepared(sa.update(intents).where(*_is(names)).values(values))


def _change(tx: Tx, which: dict[str, str], values: dict[str, Any]) -> None:
    new = {f"new_{field}": value for field, value in values.items()}
    _update(tuple(which), tuple(values)).run(tx.conn, {**which, **new})
