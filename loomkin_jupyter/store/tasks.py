"""The team's plan in the store: tasks, their dependencies, and every change the plan went through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import Handoff, JsonObject
from loomkin_jupyter.core.ports import TaskView
from loomkin_jupyter.store.tables.tasks import dependencies, plan_changes, tasks
from loomkin_jupyter.store.transaction import Tx


class StoredTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task with what only its owner, the plan, looks at: ``extra`` holds review rounds and the like."""

    id: str
    view: TaskView
    extra: JsonObject = {}


def add(tx: Tx, team: str, view: TaskView, extra: JsonObject) -> StoredTask:
    """Insert a new task and return it; its handle is allocated here, the one of ``view`` is ignored."""
    stored = StoredTask(id=new_id("task"), view=msgspec.structs.replace(view, handle=tx.handle("T")), extra=extra)
    view = stored.view
    tx.conn.execute(
        sa.insert(tasks).values(
            id=stored.id,
            handle=view.handle,
            team=team,
            title=view.title,
            description=view.description,
            status=view.status,
            owner=view.owner,
            priority=view.priority,
            created_by=view.created_by,
            run=view.run,
            extra=extra,
            created=tx.time,
            updated=tx.time,
        )
    )
    note(tx, stored.id, view.created_by, "created", view.title)
    return stored


def depend(tx: Tx, task: str, on: str, kind: str, by: str) -> None:
    """Insert a dependency between two task ids."""
    tx.conn.execute(sa.insert(dependencies).values(task=task, depends_on=on, kind=kind))
    note(tx, task, by, "depends", f"{kind} {on}")


def save(tx: Tx, stored: StoredTask, by: str, change: str, detail: str = "") -> None:
    """Write a changed task and what changed."""
    view = stored.view
    tx.conn.execute(
        sa.update(tasks)
        .where(tasks.c.id == stored.id)
        .values(
            title=view.title,
            description=view.description,
            status=view.status,
            owner=view.owner,
            priority=view.priority,
            handoff=None if view.handoff is None else msgspec.to_builtins(view.handoff),
            run=view.run,
            extra=stored.extra,
            updated=tx.time,
        )
    )
    note(tx, stored.id, by, change, detail)


def note(tx: Tx, task: str, by: str, change: str, detail: str) -> None:
    """Keep a change of the plan."""
    tx.conn.execute(sa.insert(plan_changes).values(task=task, time=tx.time, by=by, change=change, detail=detail))


def load(conn: sa.Connection, team: str) -> list[StoredTask]:
    """Return every task of the team in the order in which they were made."""
    rows = (
        conn.execute(sa.select(tasks).where(tasks.c.team == team).order_by(tasks.c.created, tasks.c.id))
        .mappings()
        .all()
    )
    handles = {row["id"]: row["handle"] for row in rows}
    waits: dict[str, list[tuple[str, str]]] = {}
    for row in conn.execute(sa.select(dependencies).where(dependencies.c.task.in_(handles))):
        waits.setdefault(row.task, []).append((handles.get(row.depends_on, row.depends_on), row.kind))
    return [_stored(row, sorted(waits.get(row["id"], []))) for row in rows]


def changes(conn: sa.Connection, task: str) -> list[tuple[float, str, str, str]]:
    """Return (time, by, change, detail) of a task's history, oldest first."""
    query = sa.select(plan_changes).where(plan_changes.c.task == task).order_by(plan_changes.c.position)
    return [(row.time, row.by, row.change, row.detail) for row in conn.execute(query)]


def _stored(values: Mapping[Any, Any], waits: list[tuple[str, str]]) -> StoredTask:
    handoff = values["handoff"]
    return StoredTask(
        id=values["id"],
        extra=values["extra"] or {},
        view=TaskView(
            handle=values["handle"],
            title=values["title"],
            description=values["description"],
            status=values["status"],
            owner=values["owner"],
            priority=values["priority"],
            depends_on=tuple(handle for handle, _ in waits),
            kinds=tuple(kind for _, kind in waits),
            handoff=None if handoff is None else msgspec.convert(handoff, Handoff),
            created_by=values["created_by"],
            run=values["run"],
        ),
    )
