"""Permissions that people gave (until revoked), and the audit of every decision of the gate."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

grants = Table(
    "grants",
    metadata,
    Column("id", String, primary_key=True),
    Column("tool", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("agent", String, nullable=False, default=""),
    Column("run", String, nullable=False, default=""),
    Column("question", String, nullable=False, default=""),
    Column("made", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
)

audit = Table(
    "audit",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("time", Float, nullable=False),
    Column("team", String, nullable=False, default=""),
    Column("agent", String, nullable=False),
    Column("run", String, nullable=False, default="", index=True),
    Column("call", String, nullable=False),
    Column("tool", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("rule", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
)
