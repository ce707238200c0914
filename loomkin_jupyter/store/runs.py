"""The requests of a workspace: begun, finished, listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.store.prepared import Prepared
from loomkin_jupyter.store.rows import to_record
from loomkin_jupyter.store.tables.runs import runs
from loomkin_jupyter.store.transaction import Tx

_BEGIN = Prepared(sa.insert(runs), [column.name for column in runs.c])
_ENDING = ("status", "answer", "reason", "cost_nano", "tokens", "agents", "finished")
_FINISH = Prepared(
    sa.update(runs)
    .where(runs.c.id == sa.bindparam("of"), runs.c.status == "running")
    .values({name: sa.bindparam(f"new_{name}") for name in _ENDING})
)


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One request. ``status`` is running, or how it ended; ``cost_nano`` is None while unknown.

    ``options`` is what the person chose, as the workspace encodes it: a resume goes on under the same terms.
    """

    id: str
    team: str
    request: str
    model: str = ""
    trust: str = "balanced"
    share: str = "stats"
    limit_nano: int | None = None
    limit_tokens: int | None = None
    origin: str = ""
    cell: str = ""
    options: dict[str, Any] = {}
    labels: list[str] = []
    started: float = 0.0
    finished: float | None = None
    status: str = "running"
    answer: str = ""
    reason: str = ""
    cost_nano: int | None = None
    tokens: Usage | None = None
    agents: int = 0


def begin(tx: Tx, record: RunRecord) -> RunRecord:
    """Keep a new run; it starts at the transaction's time."""
    record = msgspec.structs.replace(record, started=tx.time, status="running")
    _BEGIN.run(tx.conn, msgspec.to_builtins(record))
    return record


def finish(
    tx: Tx,
    run: str,
    status: str,
    *,
    answer: str = "",
    reason: str = "",
    cost_nano: int | None = None,
    tokens: Usage | None = None,
    agents: int = 0,
) -> bool:
    """Close a run; False when it was closed already: it ends once."""
    changed = _FINISH.run(
        tx.conn,
        {
            "of": run,
            "new_status": status,
            "new_answer": answer,
            "new_reason": reason,
            "new_cost_nano": cost_nano,
            "new_tokens": None if tokens is None else msgspec.to_builtins(tokens),
            "new_agents": agents,
            "new_finished": tx.time,
        },
    )
    return changed == 1


def get(conn: sa.Connection, run: str) -> RunRecord | None:
    """Return a run, or None."""
    row = conn.execute(sa.select(runs).where(runs.c.id == run)).mappings().first()
    return None if row is None else _record(row)


def running(conn: sa.Connection, team: str | None = None) -> list[RunRecord]:
    """Return the runs that have not ended, oldest first."""
    query = sa.select(runs).where(runs.c.status == "running")
    if team is not None:
        query = query.where(runs.c.team == team)
    return [_record(row) for row in conn.execute(query.order_by(runs.c.started, runs.c.id)).mappings()]


def latest(conn: sa.Connection, limit: int = 20) -> list[RunRecord]:
    """Return the newest runs, newest first."""
    query = sa.select(runs).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
    return [_record(row) for row in conn.execute(query).mappings()]


def _record(row: Mapping[Any, Any]) -> RunRecord:
    return to_record(row, RunRecord)
