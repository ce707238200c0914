"""One row per request: what was asked, under which limits, and how it ended."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("team", String, nullable=False, index=True),
    Column("request", Text, nullable=False),
    Column("model", String, nullable=False, default=""),
    Column("trust", String, nullable=False, default="balanced"),
    Column("share", String, nullable=False, default="stats"),
    Column("limit_nano", BigInteger),
    Column("limit_tokens", BigInteger),
    Column("origin", String, nullable=False, default=""),
    Column("cell", String, nullable=False, default=""),
    Column("options", JSON, nullable=False, default=dict),
    Column("labels", JSON, nullable=False, default=list),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("status", String, nullable=False, default="running"),
    Column("answer", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("cost_nano", BigInteger),
    Column("tokens", JSON),
    Column("agents", Integer, nullable=False, default=0),
)
