"""A project's journal as it lies on disk, for faces that only look: no lease is taken and nothing is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.signals import Signal
from loomkin_jupyter.store import journal
from loomkin_jupyter.store.store import Store

FOLDER = ".loomkin"
DATABASE = "loomkin.db"


def database_of(root: Path) -> Path:
    """Return where the project's database lies, or would lie."""
    return root / FOLDER / DATABASE


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
