"""Questions that only a person may decide, open and answered."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

questions = Table(
    "questions",
    metadata,
    Column("id", String, primary_key=True),
    Column("handle", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("effect", Text, nullable=False, default=""),
    Column("options", JSON, nullable=False, default=list),
    Column("deadline", Float),
    Column("agent", String, nullable=False, default=""),
    Column("team", String, nullable=False, default=""),
    Column("run", String, nullable=False, default=""),
    Column("tool", String, nullable=False, default=""),
    Column("call", String, nullable=False, default=""),
    Column("scopes", JSON, nullable=False, default=list),
    Column("reversible", Boolean, nullable=False, default=True),
    Column("asked", Float, nullable=False),
    Column("state", String, nullable=False, default="open", index=True),
    Column("choice", Text, nullable=False, default=""),
    Column("by", String, nullable=False, default=""),
    Column("where", String, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("scope", String, nullable=False, default=""),
    Column("answered", Float),
)
