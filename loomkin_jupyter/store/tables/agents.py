"""Teams, their agents, and each agent's append-only history (entries that moved to a keeper stay, marked)."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from loomkin_jupyter.store.tables.base import metadata

teams = Table(
    "teams",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("purpose", Text, nullable=False, default=""),
    Column("parent", String, nullable=False, default=""),
    Column("created", Float, nullable=False),
    Column("dissolved", Float),
)

agents = Table(
    "agents",
    metadata,
    Column("team", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("model", String, nullable=False, default=""),
    Column("tier", String, nullable=False, default="default"),
    Column("lead", Boolean, nullable=False, default=False),
    Column("tools", JSON, nullable=False, default=list),
    Column("status", String, nullable=False, default="starting"),
    Column("restarts", Integer, nullable=False, default=0),
    Column("state", JSON, nullable=False, default=dict),
    Column("created", Float, nullable=False),
    Column("stopped", Float),
)

history = Table(
    "history",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("team", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("entry", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("keeper", String, nullable=False, default=""),
    UniqueConstraint("team", "agent", "entry", name="history_entry"),
    Index("history_order", "team", "agent", "position"),
)
