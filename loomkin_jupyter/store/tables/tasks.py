"""The team's plan: tasks, what they wait for, and every change that the plan went through."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from loomkin_jupyter.store.tables.base import metadata

tasks = Table(
    "tasks",
    metadata,
    Column("id", String, primary_key=True),
    Column("handle", String, nullable=False, unique=True),
    Column("team", String, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("status", String, nullable=False, default="pending"),
    Column("owner", String, nullable=False, default=""),
    Column("priority", Integer, nullable=False, default=3),
    Column("created_by", String, nullable=False, default=""),
    Column("run", String, nullable=False, default=""),
    Column("handoff", JSON),
    Column("extra", JSON, nullable=False, default=dict),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
)

dependencies = Table(
    "task_dependencies",
    metadata,
    Column("task", String, ForeignKey("tasks.id"), primary_key=True),
    Column("depends_on", String, ForeignKey("tasks.id"), primary_key=True),
    Column("kind", String, nullable=False, default="blocks"),
)

plan_changes = Table(
    "plan_changes",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("task", String, ForeignKey("tasks.id"), nullable=False),
    Column("time", Float, nullable=False),
    Column("by", String, nullable=False, default=""),
    Column("change", String, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Index("plan_changes_task", "task"),
)
