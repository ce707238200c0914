"""Settings that were chosen for this workspace; every other layer of settings lives outside the database."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, String, Table

from loomkin_jupyter.store.tables.base import metadata

settings = Table(
    "settings",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("source", String, nullable=False, default=""),
    Column("changed", Float, nullable=False),
)
