"""Tool calls under way: begun before the side effect, finished after it; the open ones are what a kill cut off."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.store.rows import to_record
from loomkin_jupyter.store.tables.intents import intents
from loomkin_jupyter.store.transaction import Tx

_INSERT = sa.insert(intents)


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
    tx.conn.execute(sa.delete(intents).where(_is(call, agent, team)))
    tx.conn.execute(
        _INSERT,
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
            "begun": tx.time,
        },
    )


def note_process(tx: Tx, call: str, pgid: int, start_time: float, *, agent: str = "", team: str = "") -> None:
    """Note the process group that works for ``call``, so that a resume can find and kill it."""
    tx.conn.execute(sa.update(intents).where(_is(call, agent, team)).values(pgid=pgid, start_time=start_time))


def note_file(tx: Tx, call: str, path: str, before: str, after: str, *, agent: str = "", team: str = "") -> None:
    """Note what the call is about to write, so that a resume can tell by the content whether it was done."""
    tx.conn.execute(sa.update(intents).where(_is(call, agent, team)).values(path=path, before=before, after=after))


def effect(tx: Tx, call: str, text: str, *, agent: str = "", team: str = "") -> None:
    """Note the call's result in the transaction of the change itself: whatever happens now, it was done."""
    tx.conn.execute(sa.update(intents).where(_is(call, agent, team)).values(effect=text))


def finish(tx: Tx, call: str, status: str, *, agent: str = "", team: str = "") -> None:
    """Close the intent: ok, failed, refused, interrupted or cancelled."""
    tx.conn.execute(sa.update(intents).where(_is(call, agent, team)).values(status=status, ended=tx.time))


def open_intents(conn: sa.Connection, team: str) -> list[Intent]:
    """Return the calls of ``team`` that were begun and not finished, oldest first."""
    query = sa.select(intents).where(intents.c.team == team, intents.c.status == "open")
    rows = conn.execute(query.order_by(intents.c.begun, intents.c.call)).mappings()
    return [to_record(row, Intent) for row in rows]


def get(conn: sa.Connection, call: str, *, agent: str = "", team: str = "") -> Intent | None:
    """Return the intent of ``call``, or None."""
    row = conn.execute(sa.select(intents).where(_is(call, agent, team))).mappings().first()
    return None if row is None else to_record(row, Intent)


def _is(call: str, agent: str, team: str) -> sa.ColumnElement[bool]:
    """Match a call by its id; two agents' models may choose the same id, then name the agent and the team."""
    condition = intents.c.call == call
    if agent:
        condition &= intents.c.agent == agent
    if team:
        condition &= intents.c.team == team
    return condition
