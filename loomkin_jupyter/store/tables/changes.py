"""What tools wrote to files, with the bytes from before: enough to take a change back."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Table

from loomkin_jupyter.store.tables.base import metadata

changes = Table(
    "changes",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("call", String, nullable=False),
    Column("team", String, nullable=False, default=""),
    Column("agent", String, nullable=False),
    Column("run", String, nullable=False, default=""),
    Column("path", String, nullable=False),
    Column("before", String, nullable=False, default=""),
    Column("after", String, nullable=False, default=""),
    Column("content", LargeBinary),
    Column("time", Float, nullable=False),
    Column("undone", Float),
    Index("changes_path", "path", "position"),
    Index("changes_run", "run"),
)
