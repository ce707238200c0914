"""Teams and their agents as they must be found again after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.rows import to_record
from loomkin_jupyter.store.tables.agents import agents, teams
from loomkin_jupyter.store.transaction import Tx

_NAMES = [column.name for column in agents.c]
_ADD = Prepared(sa.insert(agents), _NAMES)
_COME_BACK = Prepared(
    sa.update(agents)
    .where(agents.c.team == sa.bindparam("of"), agents.c.name == sa.bindparam("who"), agents.c.stopped.is_not(None))
    .values({name: sa.bindparam(f"new_{name}") for name in _NAMES})
)
_KNOWN = Prepared(
    sa.select(agents.c.name).where(agents.c.team == sa.bindparam("of"), agents.c.name == sa.bindparam("who"))
)


class TeamRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One team; ``parent`` is the id of the team it belongs to, or ''."""

    id: str
    name: str
    purpose: str = ""
    parent: str = ""
    created: float = 0.0


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One agent. ``state`` holds what its guards and steering must remember across wake-ups."""

    team: str
    name: str
    role: str
    model: str = ""
    tier: str = "default"
    lead: bool = False
    tools: list[str] = []
    status: str = "starting"
    restarts: int = 0
    state: JsonObject = {}
    created: float = 0.0
    stopped: float | None = None


def add_team(tx: Tx, record: TeamRecord) -> TeamRecord:
    """Keep a new team; it begins at the transaction's time."""
    record = msgspec.structs.replace(record, created=tx.time)
    tx.conn.execute(sa.insert(teams).values(**msgspec.to_builtins(record)))
    return record


def all_teams(conn: sa.Connection) -> list[TeamRecord]:
    """Return the teams, oldest first."""
    query = sa.select(teams).order_by(teams.c.created, teams.c.id)
    return [to_record(row, TeamRecord) for row in conn.execute(query).mappings()]


def add(tx: Tx, record: AgentRecord) -> AgentRecord:
    """Keep a new agent, or one that comes back under its name; a name belongs to one agent of a team."""
    record = msgspec.structs.replace(record, created=tx.time)
    values = msgspec.to_builtins(record)
    which = {"of": record.team, "who": record.name}
    back = known(tx.conn, record.team, record.name) and _COME_BACK.run(
        tx.conn, {**which, **{f"new_{name}": value for name, value in values.items()}}
    )
    if not back:
        _ADD.run(tx.conn, values)
    return record


def known(conn: sa.Connection, team: str, name: str) -> bool:
    """Return whether there is or was an agent of that name."""
    return _KNOWN.first(conn, {"of": team, "who": name}) is not None


def update(tx: Tx, team: str, name: str, **values: Any) -> bool:
    """Change some of status, model, tier, tools, restarts, state; False when there is no such agent."""
    return tx.conn.execute(sa.update(agents).where(_is(team, name)).values(**values)).rowcount == 1


def stop(tx: Tx, team: str, name: str) -> bool:
    """Note that the agent has ended for good; its name may be used again."""
    return update(tx, team, name, status="stopped", stopped=tx.time)


def get(conn: sa.Connection, team: str, name: str) -> AgentRecord | None:
    """Return an agent, or None."""
    row = conn.execute(sa.select(agents).where(_is(team, name))).mappings().first()
    return None if row is None else _record(row)


def of_team(conn: sa.Connection, team: str, *, stopped: bool = False) -> list[AgentRecord]:
    """Return the team's agents (also those that were stopped), in the order in which they joined."""
    query = (
        sa.select(agents).where(agents.c.team == team).order_by(agents.c.created, agents.c.lead.desc(), agents.c.name)
    )
    if not stopped:
        query = query.where(agents.c.stopped.is_(None))
    return [_record(row) for row in conn.execute(query).mappings()]


def _is(team: str, name: str) -> sa.ColumnElement[bool]:
    return (agents.c.team == team) & (agents.c.name == name)


def _record(row: Mapping[Any, Any]) -> AgentRecord:
    return to_record(row, AgentRecord)
