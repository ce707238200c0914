"""Reviews: never by the author, the verdict reaches the owner, and the third rejection the lead."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.agents.kit import AgentSpec
from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.messages import Envelope, Handoff
from loomkin_jupyter.core.ports import Caller, TaskView
from loomkin_jupyter.core.status import TASK_ENDS
from loomkin_jupyter.store.tasks import StoredTask
from loomkin_jupyter.teams.change import Change
from loomkin_jupyter.teams.reviews import MOST_REVIEWS, apply_verdict, choose_reviewer, review_text
from tests.agents.conftest import World


def caller(agent: str) -> Caller:
    return Caller(team="main", agent=agent, role="coder", run="run_1", call="call_1")


def task(**fields: Any) -> StoredTask:
    extra = fields.pop("extra", {})
    view = TaskView(
        **cast(
            "dict[str, Any]",
            {"handle": "T1", "title": "Build", "owner": "coder", "status": "ready_for_review", **fields},
        )
    )
    return StoredTask(id="task_1", view=view, extra=extra)


def verdict(text: str) -> TaskView:
    return TaskView(handle="T2", title="Review", owner="reviewer", status="completed", handoff=Handoff(text))


class Post:
    """Makes envelopes without sending any."""

    def envelope(self, to: str, text: str, **fields: Any) -> Envelope:
        return Envelope(id="msg", to=to, text=text, **fields)


def judged(text: str, **fields: Any) -> tuple[StoredTask, list[Envelope]]:
    """Return what a verdict makes of a task, and who is told what."""
    change = Change(caller("reviewer"), Post())  # type: ignore[arg-type]
    apply_verdict(change, task(**fields), verdict(text), "lead")
    return change.tasks[0][0], change.envelopes


async def test_an_idle_reviewer_judges_and_never_the_author(quick: World) -> None:
    await quick.team.seats.start(AgentSpec(role="lead"))
    await quick.team.seats.start(AgentSpec(role="coder"))
    roster = quick.team.roster
    assert choose_reviewer(roster, caller("coder"), None) == "lead"
    with pytest.raises(ToolFailed, match="nobody to review"):
        choose_reviewer(roster, caller("lead"), task(owner="coder"))
    for _ in range(2):
        await quick.team.seats.start(AgentSpec(role="reviewer"))
    await quick.team.levers.pause("reviewer")
    await quick.until(lambda: roster.agents["reviewer-2"].state.status == "idle")
    assert choose_reviewer(roster, caller("coder"), task()) == "reviewer-2"
    assert choose_reviewer(roster, caller("lead"), task(owner="reviewer-2")) == "reviewer"
    assert choose_reviewer(roster, caller("reviewer-2"), task()) == "reviewer"


def test_the_reviewer_reads_what_was_asked_and_how_to_answer() -> None:
    text = review_text("T1 Build", "a.py", "Is it safe?", task(description="Build it well."))
    assert text.splitlines() == [
        "Judge T1 Build.",
        "File: a.py",
        "What was asked: Build it well.",
        "Question: Is it safe?",
        "Begin your result with APPROVED or REJECTED, then the findings.",
    ]
    assert review_text("it", "", "", None).count("\n") == 1


def test_an_approval_goes_to_the_owner_who_finishes() -> None:
    changed, told = judged("APPROVED. Fine.")
    assert (changed.view.status, changed.extra) == ("in_progress", {"rejections": 0})
    (note,) = told
    assert (note.to, note.priority) == ("coder", "high")
    assert "approved. Finish T1 with peer_complete_task." in note.text
    assert "Fine." in note.text


def test_the_third_rejection_goes_to_the_lead_too() -> None:
    for before in range(MOST_REVIEWS + 1):
        changed, told = judged(" rejected: no tests", extra={"rejections": before, "kept": 1})
        assert changed.extra == {"rejections": before + 1, "kept": 1}
        assert [note.to for note in told] == (["lead", "coder"] if before + 1 >= MOST_REVIEWS else ["coder"])
        assert "Mend what was found" in told[-1].text


@given(text=st.text(), status=st.sampled_from([*TASK_ENDS, "assigned", "in_progress"]), rejections=st.integers(0, 9))
def test_a_verdict_never_opens_a_task_that_has_ended(text: str, status: str, rejections: int) -> None:
    changed, told = judged(text, status=status, extra={"rejections": rejections})
    assert changed.view.status == status
    assert changed.extra["rejections"] - rejections == text.lstrip().upper().startswith("REJECT")
    assert ("coder" in {note.to for note in told}) == (status not in TASK_ENDS)


def test_nobodys_task_tells_nobody() -> None:
    assert judged("REJECTED", owner="")[1] == []
