"""A project's journal as it lies on disk, for faces that only look: no lease is taken and nothing is written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.store import journal, leases, sqlite
from loomkin_jupyter.store import settings as setting_rows
from loomkin_jupyter.store.store import Store

FOLDER = ".loomkin"
DATABASE = "loomkin.db"


def database_of(root: Path) -> Path:
    """Return where the project's database lies, or would lie."""
    return root / FOLDER / DATABASE


class Kept(msgspec.Struct, frozen=True):
    """What doctor wants of a database: the workspace's own settings, who runs which team, what is wrong with it."""

    settings: dict[str, Any] = {}
    holders: list[str] = []
    problem: str = ""


def read_kept(root: Path) -> Kept:
    """Return settings and holders of the project's database, read-only: nothing is made, migrated or repaired."""
    database = database_of(root)
    if not database.exists():
        return Kept()
    engine = sqlite.make_engine(database, busy_ms=1000, read_only=True)
    try:
        with engine.connect() as conn:
            held = conn.execute(sa.select(leases.leases.c.team).order_by(leases.leases.c.team)).scalars().all()
            holders = [f"{team}: {leases.holder_of(conn, team)}" for team in held]
            return Kept(setting_rows.load(conn), holders)
    except (DBAPIError, ValueError) as failed:
        why = str(failed.orig) if isinstance(failed, DBAPIError) else str(failed)
        return Kept(problem=f"{database} cannot be read: {why}. Move it away, or delete it with loomkin forget.")
    finally:
        engine.dispose()


def read_signals(root: Path) -> list[Signal]:
    """Return every signal of the project's journal, in order.

    :raises LoomkinError: when the project has no record.
    """
    database = database_of(root)
    if not database.exists():
        raise LoomkinError(
            f"There is no Loomkin record in {root}.", "Start a team with loomkin run, or name another --project."
        )
    return asyncio.run(_read(database))


async def _read(database: Path) -> list[Signal]:
    store = Store.open(database, clock=SYSTEM_CLOCK, on_commit=None)
    try:
        return await store.read(journal.all_signals)
    finally:
        await store.close()
