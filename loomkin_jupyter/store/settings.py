"""The workspace's own settings, by key."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from loomkin_jupyter.store.tables.settings import settings
from loomkin_jupyter.store.transaction import Tx


def put(tx: Tx, key: str, value: Any, source: str = "") -> None:
    """Set ``key``; ``source`` says who chose it (panel, magic, cli)."""
    values = {"value": value, "source": source, "changed": tx.time}
    if not tx.conn.execute(sa.update(settings).where(settings.c.key == key).values(**values)).rowcount:
        tx.conn.execute(sa.insert(settings).values(key=key, **values))


def remove(tx: Tx, key: str) -> bool:
    """Forget a choice; False when there was none."""
    return tx.conn.execute(sa.delete(settings).where(settings.c.key == key)).rowcount == 1


def load(conn: sa.Connection) -> dict[str, Any]:
    """Return every chosen value by key."""
    rows = conn.execute(sa.select(settings.c.key, settings.c.value).order_by(settings.c.key))
    return dict(iter(rows))
