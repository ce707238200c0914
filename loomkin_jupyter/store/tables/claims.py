"""Regions of files that an agent holds: 1-based inclusive lines, NULL for the whole file."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

claims = Table(
    "claims",
    metadata,
    Column("id", String, primary_key=True),
    Column("team", String, nullable=False),
    Column("path", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("start", Integer),
    Column("end", Integer),
    Column("symbol", String, nullable=False, default=""),
    Column("intent", Text, nullable=False, default=""),
    Column("task", String, nullable=False, default=""),
    Column("run", String, nullable=False, default=""),
    Column("made", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Index("claims_path", "team", "path"),
)
