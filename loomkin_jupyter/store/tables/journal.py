"""Every signal as it was published: append-only. ``position`` orders across epochs, (epoch, seq) within one."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

journal = Table(
    "journal",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("time", Float, nullable=False),
    Column("type", String, nullable=False),
    Column("team", String, nullable=False),
    Column("run", String, nullable=False),
    Column("payload", Text, nullable=False),
    Index("journal_order", "epoch", "seq"),
)
