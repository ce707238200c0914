"""The metadata that every table joins, and the stamp that says which schema a database has."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, String, Table

SCHEMA = 2
"""Version of the tables. It goes up with each step in ``upgrades``; an older program refuses a newer database."""

metadata = MetaData()

schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("program", String, nullable=False),
    Column("time", Float, nullable=False),
)
