"""One change of the plan: nothing happens before it is written, and then everything at once."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.core.ports import Caller, TaskView
from loomkin_jupyter.core.signals import MessageSent, TaskAssigned, TaskCreated, TaskDependencyAdded, TaskStatusChanged
from loomkin_jupyter.store import inbox
from loomkin_jupyter.store import tasks as rows
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.teams.change import Change, completed, created, result_text
from tests.agents.conftest import World

LEAD = Caller(team="main", agent="lead", role="lead", run="run_1", call="call_1")


def task(**fields: Any) -> TaskView:
    return TaskView(
        **cast("dict[str, Any]", {"handle": "T1", "title": "Build", "owner": "coder", "status": "assigned", **fields})
    )


async def test_everything_is_written_in_one_transaction(quick: World) -> None:
    stored = await quick.store.transact(lambda tx: rows.add(tx, "main", task(status="pending", owner=""), {}))
    change = Change(LEAD, quick.team.comms)
    begun = msgspec.structs.replace(stored, view=msgspec.structs.replace(stored.view, status="in_progress"))
    change.set(stored, begun, "begun", "it was time")
    change.note("coder", "Look at it.", "T1", "high")
    assert not quick.of(TaskStatusChanged)
    await quick.store.transact(change.write)
    (told,) = quick.of(TaskStatusChanged)
    assert (told.task, told.was, told.status, told.reason) == ("T1", "pending", "in_progress", "it was time")
    assert (told.team, told.agent, told.run, told.cause) == ("main", "lead", "run_1", "call_1")
    (note,) = await quick.store.read(lambda conn: inbox.waiting(conn, "main", "coder"))
    assert (note.text, note.task, note.sender, note.kind, note.priority) == (
        "Look at it.",
        "T1",
        "lead",
        "notice",
        "high",
    )
    assert [m.message for m in quick.of(MessageSent)] == [note.id]
    (kept,) = await quick.store.read(lambda conn: rows.load(conn, "main"))
    assert kept.view.status == "in_progress"


async def test_what_fails_on_the_way_leaves_nothing(quick: World) -> None:
    change = Change(LEAD, quick.team.comms)
    change.note("coder", "Look at it.", "T1")

    def work(tx: Any) -> None:
        change.write(tx)
        raise ValueError("on second thoughts")

    with pytest.raises(ValueError, match="second thoughts"):
        await quick.store.transact(work)
    assert not await quick.store.read(lambda conn: inbox.waiting(conn, "main", "coder"))
    assert not quick.of(MessageSent)


async def test_the_same_status_is_not_told_again(quick: World) -> None:
    change = Change(LEAD, quick.team.comms)
    stored = StoredTask(id="task_1", view=task())
    change.set(stored, msgspec.structs.replace(stored, extra={"rejections": 1}), "approved")
    assert change.signals == []
    assert [what for _, what in change.tasks] == ["approved"]


async def test_a_new_task_tells_what_it_waits_for_and_whose_it_is(quick: World) -> None:
    change = Change(LEAD, quick.team.comms)
    told = created(change, task(handle="T3", depends_on=("T1", "T2"), kinds=("blocks", "informs")))
    assert [type(signal) for signal in told] == [
        TaskCreated, TaskDependencyAdded, TaskDependencyAdded, TaskAssigned, TaskStatusChanged,
    ]  # fmt: skip
    assert [s.kind for s in told if isinstance(s, TaskDependencyAdded)] == ["blocks", "informs"]
    assert [type(signal) for signal in created(change, task(owner="", status="pending"))] == [TaskCreated]


async def test_urgent_tasks_come_before_other_messages_and_in_their_own_run(quick: World) -> None:
    change = Change(LEAD, quick.team.comms)
    priorities = [change.assignment(task(priority=number), "Do it").priority for number in range(1, 6)]
    assert priorities == ["high", "high", "normal", "normal", "normal"]
    assert change.assignment(task(run="run_7"), "Do it").run == "run_7"
    assert change.assignment(task(), "Do it").run == "run_1"


async def test_a_hand_off_is_told_whole(quick: World) -> None:
    handoff = Handoff("Built.", ("wrote it",), ("it was hard",), ("a.py",), ("use pandas",), ("why?",))
    told = completed(Change(LEAD, quick.team.comms), task(handoff=handoff), handoff)
    assert (told.result, told.actions_taken, told.discoveries) == ("Built.", ["wrote it"], ["it was hard"])
    assert (told.files_changed, told.decisions_made, told.open_questions) == (["a.py"], ["use pandas"], ["why?"])
    assert "Built." in result_text(task(handoff=handoff))
    assert result_text(task()) == ""
