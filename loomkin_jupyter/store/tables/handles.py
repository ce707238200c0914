"""Counters: the next number of each short handle (T, D, K, Q), and of the epochs (prefix ``epoch``)."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from loomkin_jupyter.store.tables.base import metadata

handles = Table(
    "handles",
    metadata,
    Column("prefix", String, primary_key=True),
    Column("last", Integer, nullable=False),
)
