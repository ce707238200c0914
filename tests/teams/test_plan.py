"""The plan's state machine: whatever is tried, only legal transitions happen and circles never arise."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.messages import Handoff
from loomkin_jupyter.core.ports import TaskView
from loomkin_jupyter.core.status import TASK_STATUSES
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.teams.plan import TRANSITIONS, Plan, check_handoff, reworded, with_status

NUMBERS = st.integers(1, 6)


def stored(handle: str, *waits: str) -> StoredTask:
    view = TaskView(handle=handle, title=handle, depends_on=waits, kinds=("blocks",) * len(waits))
    return StoredTask(id=f"id_{handle}", view=view)


class PlanMachine(RuleBasedStateMachine):
    """Sets statuses and adds dependencies at random."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = Plan(stored(f"T{n}") for n in range(1, 7))

    @rule(number=NUMBERS, status=st.sampled_from(TASK_STATUSES))
    def change(self, number: int, status: str) -> None:
        task = self.plan.find(f"T{number}")
        was = task.view.status
        try:
            self.plan.put(with_status(task, status))  # type: ignore[arg-type]
        except ToolFailed:
            assert status not in TRANSITIONS[was]
        else:
            assert status == was or status in TRANSITIONS[was]

    @rule(number=NUMBERS, on=NUMBERS)
    def depend(self, number: int, on: int) -> None:
        task = self.plan.find(f"T{number}")
        try:
            self.plan.check_dependency(f"T{number}", f"T{on}")
        except ToolRetry as refused:
            assert "circle" in str(refused)
            return
        waits = dict.fromkeys((*task.view.depends_on, f"T{on}"))
        view = stored(task.view.handle, *waits).view
        self.plan.put(StoredTask(id=task.id, view=view))

    @invariant()
    def no_task_waits_for_itself(self) -> None:
        for handle, task in self.plan.tasks.items():
            assert all(not self.plan.path(on, handle) for on in task.view.depends_on)


PlanMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestPlanMachine = PlanMachine.TestCase


def test_every_status_has_its_row() -> None:
    assert set(TRANSITIONS) == set(TASK_STATUSES)


def test_an_unknown_task_is_refused_with_those_there_are() -> None:
    with pytest.raises(ToolRetry, match="Tasks: T1"):
        Plan([stored("T1")]).find("T9")


def test_unmet_dependencies_by_kind() -> None:
    first, second = stored("T1"), stored("T2", "T1")
    plan = Plan([first, second])
    assert plan.unmet(second.view) == ["T1"]
    plan.put(with_status(first, "completed"))
    assert plan.unmet(second.view) == []


@pytest.mark.parametrize(
    ("handoff", "missing", "says"),
    [
        (Handoff("short", discoveries=("x",)), [], "characters"),
        (Handoff("a result that is long enough"), [], "All lists are empty"),
        (Handoff("a result that is long enough", files_changed=("no.py",)), ["no.py"], "do not exist: no.py"),
    ],
)
def test_a_poor_handoff_is_refused(handoff: Handoff, missing: list[str], says: str) -> None:
    with pytest.raises(ToolRetry, match=says):
        check_handoff(handoff, missing)


def test_a_good_handoff_passes() -> None:
    check_handoff(Handoff("a result that is long enough", open_questions=("why?",)), [])


def test_a_handle_names_its_task_a_title_one_that_nobody_has() -> None:
    plan = Plan()
    made: list[tuple[str, str, dict[str, str]]] = [
        ("T1", "Load", {"owner": "ada"}),
        ("T2", "Load", {"status": "completed"}),
        ("T3", "Load", {"run": "another"}),
        ("T4", "Load", {}),
        ("T5", "Load", {}),
    ]
    for handle, title, more in made:
        view = msgspec.structs.replace(TaskView(handle=handle, title=title, run="run_1"), **more)
        plan.put(StoredTask(id=handle, view=view))
    for title, handle in ((" t1. ", "T1"), ("T3", "T3"), (" Load ", "T4"), ("load", ""), ("T1: Load", "")):
        found = plan.named(title, "run_1")
        assert (found.view.handle if found else "") == handle, title
    with pytest.raises(ToolRetry, match="There is no task"):
        plan.named("T9", "run_1")


def test_an_assignment_adds_its_words_once() -> None:
    task = reworded(stored("T1"), " Start with load.py. ", None)
    assert (task.view.description, task.view.priority) == ("Start with load.py.", 3)
    again = reworded(reworded(task, "Start with load.py.", 1), "Keep it short.", None)
    assert (again.view.description, again.view.priority) == ("Start with load.py.\n\nKeep it short.", 1)
    with pytest.raises(ToolRetry, match="valid is 1"):
        reworded(task, "", 9)
