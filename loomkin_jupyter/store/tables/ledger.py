"""One row per model call: tokens and nano-dollars. A cost of NULL means that the price is unknown."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table

from loomkin_jupyter.store.tables.base import metadata

bills = Table(
    "bills",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("call", String, nullable=False),
    Column("team", String, nullable=False, default=""),
    Column("agent", String, nullable=False),
    Column("run", String, nullable=False),
    Column("model", String, nullable=False),
    Column("input", BigInteger, nullable=False),
    Column("output", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("reasoning", BigInteger, nullable=False),
    Column("cost_nano", BigInteger),
    Column("estimated", Boolean, nullable=False, default=False),
    Column("purpose", String, nullable=False, default="turn"),
    Column("time", Float, nullable=False),
    Index("bills_run", "run", "agent"),
)
