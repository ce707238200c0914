"""The decision graph: nodes and typed edges. A node's handle (D7) is what models and people see."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from loomkin_jupyter.store.tables.base import metadata

nodes = Table(
    "decision_nodes",
    metadata,
    Column("id", String, primary_key=True),
    Column("handle", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("confidence", Integer),
    Column("status", String, nullable=False, default="active"),
    Column("uncertain", JSON, nullable=False, default=list),
    Column("auto", Boolean, nullable=False, default=False),
    Column("team", String, nullable=False, default=""),
    Column("agent", String, nullable=False, default=""),
    Column("run", String, nullable=False, default="", index=True),
    Column("task", String, nullable=False, default=""),
    Column("keeper", String, nullable=False, default=""),
    Column("cell", String, nullable=False, default=""),
    Column("variables", JSON, nullable=False, default=list),
    Column("files", JSON, nullable=False, default=list),
    Column("commit", String, nullable=False, default=""),
    Column("change", String, nullable=False, default=""),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
)

edges = Table(
    "decision_edges",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, ForeignKey("decision_nodes.id"), nullable=False),
    Column("target", String, ForeignKey("decision_nodes.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("rationale", Text, nullable=False, default=""),
    Column("created", Float, nullable=False),
    UniqueConstraint("source", "target", "kind", name="decision_edge"),
    Index("decision_edges_target", "target"),
)
