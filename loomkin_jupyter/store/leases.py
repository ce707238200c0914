"""Who runs a team: taking, renewing, checking and giving back leases.

A dead process of this host is replaced at once, a silent one of another host after ``STALE_S``; a live holder is named.
A pid alone is not enough, because pids come back: the process's start time must match too.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any

import psutil
import sqlalchemy as sa

from loomkin_jupyter.core.errors import LeaseLost, StoreError
from loomkin_jupyter.store.tables.leases import leases
from loomkin_jupyter.store.transaction import Tx

STALE_S = 30.0
BEAT_S = 10.0
_SAME_START_S = 1.0


def process_start(pid: int) -> float | None:
    """Return when process ``pid`` of this host began (seconds since the epoch), or None when there is none."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.create_time()
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        # It exists but belongs to somebody else: a live stranger, whose start time cannot match.
        return 0.0


def take(tx: Tx, team: str, holder: str, epoch: int, *, host: str = "", pid: int = 0) -> int:
    """Make this process the one that runs ``team`` and return the epoch that fences its writes.

    :raises StoreError: when a live process has the team; the message names it.
    """
    host, pid = host or socket.gethostname(), pid or os.getpid()
    row = tx.conn.execute(sa.select(leases).where(leases.c.team == team)).mappings().one_or_none()
    if row is not None and row["epoch"] != epoch and _alive(row, host, tx.time):
        raise StoreError(
            f"Team {team} is run by {row['holder']} (process {row['pid']} on {row['host']}).",
            "Work there, or close it and try again; `loomkin doctor` shows who holds what.",
        )
    values = {
        "holder": holder,
        "host": host,
        "pid": pid,
        "start_time": process_start(pid) or 0.0,
        "epoch": epoch,
        "heartbeat": tx.time,
    }
    if row is None:
        tx.conn.execute(sa.insert(leases).values(team=team, **values))
    else:
        tx.conn.execute(sa.update(leases).where(leases.c.team == team).values(**values))
    return epoch


def _alive(row: Mapping[Any, Any], host: str, now: float) -> bool:
    if row["host"] != host:
        return now - row["heartbeat"] < STALE_S
    start = process_start(row["pid"])
    return start is not None and abs(start - row["start_time"]) < _SAME_START_S


def check(conn: sa.Connection, held: Mapping[str, int]) -> None:
    """Raise LeaseLost when another process has taken one of the ``held`` teams."""
    if not held:
        return
    rows = conn.execute(sa.select(leases.c.team, leases.c.epoch, leases.c.holder).where(leases.c.team.in_(list(held))))
    found = {team: (epoch, holder) for team, epoch, holder in rows}
    for team, epoch in held.items():
        now_has, holder = found.get(team, (0, "nobody"))
        if now_has != epoch:
            raise LeaseLost(
                f"Team {team} was taken over by {holder}; nothing more is written from here.",
                "Go on in the program that has it now, or open the workspace again here after closing it there.",
            )


def beat(conn: sa.Connection, held: Mapping[str, int], now: float) -> None:
    """Show other hosts that this process lives."""
    if held:
        conn.execute(
            sa.update(leases)
            .where(leases.c.team.in_(list(held)), leases.c.epoch.in_(set(held.values())))
            .values(heartbeat=now)
        )


def release(tx: Tx, team: str, epoch: int) -> None:
    """Give the team back; somebody else's lease is left alone."""
    tx.conn.execute(sa.delete(leases).where(leases.c.team == team, leases.c.epoch == epoch))


def holder_of(conn: sa.Connection, team: str) -> str:
    """Return who holds ``team`` in words, or an empty string."""
    row = conn.execute(sa.select(leases.c.holder, leases.c.pid, leases.c.host).where(leases.c.team == team)).first()
    return "" if row is None else f"{row.holder} (process {row.pid} on {row.host})"
