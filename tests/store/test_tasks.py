"""The plan in the store: what is written is found again, with its history."""

from __future__ import annotations

from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.core.ports import TaskView
from loomkin_jupyter.store import tasks
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.teams.plan import with_status


async def test_tasks_dependencies_and_changes_are_found_again(store: Store) -> None:
    view = TaskView(handle="", title="Look", created_by="lead", run="run_1")
    first = await store.transact(lambda tx: tasks.add(tx, "main", view, {"reviews": "T9"}))
    second = await store.transact(lambda tx: tasks.add(tx, "main", view, {}))
    await store.transact(lambda tx: tasks.depend(tx, second.id, first.id, "blocks", "lead"))
    done = with_status(first, "completed", handoff=Handoff("It was looked at.", discoveries=("one",)), owner="ada")
    await store.transact(lambda tx: tasks.save(tx, done, "ada", "completed"))
    found = await store.read(lambda conn: tasks.load(conn, "main"))
    assert found[0] == done
    assert (found[1].view.depends_on, found[1].view.kinds) == (("T1",), ("blocks",))
    assert await store.read(lambda conn: tasks.load(conn, "other")) == []
    changes = await store.read(lambda conn: tasks.changes(conn, first.id))
    assert [(by, change) for _, by, change, _ in changes] == [("lead", "created"), ("ada", "completed")]
