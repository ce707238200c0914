"""Tool calls under way: the intent is committed before the side effect, its result after. Open rows are what a kill cut off."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

intents = Table(
    "intents",
    metadata,
    Column("call", String, primary_key=True),
    Column("team", String, primary_key=True),
    Column("agent", String, primary_key=True),
    Column("tool", String, nullable=False),
    Column("arguments", Text, nullable=False, default=""),
    Column("pgid", Integer),
    Column("start_time", Float),
    Column("path", String),
    Column("before", String),
    Column("after", String),
    Column("effect", Text),
    Column("status", String, nullable=False, default="open"),
    Column("begun", Float, nullable=False),
    Column("ended", Float),
    Index("intents_open", "status", "team"),
)
