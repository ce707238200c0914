"""Who runs a team: one row per team. ``epoch`` fences writers that lost their lease."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table

from loomkin_jupyter.store.tables.base import metadata

leases = Table(
    "leases",
    metadata,
    Column("team", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("start_time", Float, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("heartbeat", Float, nullable=False),
)
