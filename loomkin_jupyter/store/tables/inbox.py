"""Messages that were sent: waiting until the recipient's history has them, then consumed. ``place`` is the queue's order."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", String, primary_key=True),
    Column("team", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("place", Float, nullable=False),
    Column("due", Float),
    Column("state", String, nullable=False, default="waiting"),
    Column("payload", Text, nullable=False),
    Column("sent", Float, nullable=False),
    Column("ended", Float),
    Index("inbox_waiting", "team", "state", "recipient", "urgency", "place"),
)
