"""Pieces of conversation kept in full: a keeper's head, and its text in compressed chunks in their original order."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

keepers = Table(
    "keepers",
    metadata,
    Column("id", String, primary_key=True),
    Column("handle", String, nullable=False, unique=True),
    Column("team", String, nullable=False, default=""),
    Column("agent", String, nullable=False, default="", index=True),
    Column("run", String, nullable=False, default=""),
    Column("topic", Text, nullable=False),
    Column("origin", String, nullable=False, default="history"),
    Column("tokens", Integer, nullable=False, default=0),
    Column("entries", Integer, nullable=False, default=0),
    Column("bytes", Integer, nullable=False, default=0),
    Column("sources", JSON, nullable=False, default=list),
    Column("created", Float, nullable=False),
    Column("accessed", Float),
    Column("accesses", Integer, nullable=False, default=0),
)

chunks = Table(
    "keeper_chunks",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("keeper", String, ForeignKey("keepers.id"), nullable=False),
    # The number, from 0, of the first passage in it.
    Column("place", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("keeper_chunks_keeper", "keeper", "place"),
)
