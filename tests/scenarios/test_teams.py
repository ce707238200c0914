"""Teams at work: hand-offs that reach whoever waits for them, crashes that lose nothing, queues a person rearranges."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter import tool
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest, steps
from loomkin_jupyter.testing.wire import flat
from loomkin_jupyter.tools.declare import DECLARED
from tests.scenarios.conftest import LONG, workspace_of

MODEL = "openai/gpt-4o"
Call = tuple[str, dict[str, Any]]


def told(request: ScriptRequest) -> str:
    """Return everything that an agent was shown in one request, without its own words."""
    return "\n".join(flat(m.get("content")) for m in request.messages if m.get("role") != "assistant")


def spawn(*agents: tuple[str, str]) -> Call:
    roles = [{"name": name, "role": role} for name, role in agents]
    return "team_spawn", {"team_name": "crew", "purpose": "measure", "roles": roles}


def assign(title: str, name: str, description: str = "Do it.") -> Call:
    return "team_assign", {"title": title, "description": description, "agent_name": name}


HANDOFF: dict[str, Any] = {
    "result": "Delays are minutes; negative ones are early arrivals.",
    "actions_taken": ["read the header of flights.csv"],
    "discoveries": ["1440 stands for a cancelled flight"],
    "files_changed": ["units.md"],
    "decisions_made": ["keep early arrivals"],
    "open_questions": ["are the times local?"],
}


def test_T8_a_structured_handoff_reaches_the_one_who_depends_on_it(project: Path) -> None:
    planned: list[Call] = [
        ("peer_create_task", {"title": "Find the unit"}),
        ("peer_create_task", {"title": "Convert to hours", "depends_on_id": ["T1"]}),
    ]
    script = steps(
        {
            "lead": [
                Reply(calls=[spawn(("ada", "coder"), ("ben", "coder"))]),
                Reply(calls=planned),
                Reply(calls=[assign("T2", "ben", "Use the unit that T1 found."), assign("Find the unit", "ada")]),
                "I wait for both.",
            ],
            "ada": [
                Reply(calls=[("file_write", {"file_path": "units.md", "content": "minutes\n"})]),
                Reply(calls=[("peer_complete_task", {"task_id": "T1", **HANDOFF})], hold="found"),
                "T1 is done.",
            ],
            "ben": [
                Reply(calls=[("peer_complete_task", {"task_id": "T2", "result": "x" * 30, "discoveries": ["easy"]})]),
                "T2 is done.",
            ],
        }
    )  # fmt: skip
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        run = opened.start("Convert the delays", model=MODEL, trust="full")
        opened.heard.wait(s.TaskStatusChanged, lambda t: t.task == "T1" and t.status == "in_progress")
        server.wait_for(2, agent="ada", timeout_s=LONG)
        assert not server.by("ben"), "ben began before what he waits for was done"
        server.event("found").set()
        assert opened.finish(run).status == "done"
        read = told(server.by("ben")[0])
        last = told(server.by("lead")[-1])
    assert "T2: Convert to hours" in read and "Use the unit that T1 found." in read
    assert "Hand-off of T1 (Find the unit)" in read and HANDOFF["result"] in read
    for part in ("actions_taken", "discoveries", "files_changed", "decisions_made", "open_questions"):
        assert all(f"- {item}" in read for item in HANDOFF[part]), part
    assert "1440 stands for a cancelled flight" in last and "T2 (Convert to hours) is completed" in last
    titles = [task.title for task in opened.heard.of(s.TaskCreated)]
    assert titles == ["Find the unit", "Convert to hours"], "an assignment made a task of its own"


class Defect(BaseException):
    """A defect beyond what the boundary of tools catches: it takes the agent down."""


@pytest.fixture
def breaking() -> Iterator[Callable[[int], list[float]]]:
    """A coder's tool whose first calls crash the agent; tells when each crash was."""
    before = dict(DECLARED.specs)

    def declare(crashes: int) -> list[float]:
        moments: list[float] = []

        @tool(kind="read", roles=("coder",))
        async def scenario_breaks(turn: int) -> str:
            """Measure, or crash."""
            if len(moments) < crashes:
                moments.append(time.time())
                raise Defect("a defect")
            return "measured"

        return moments

    yield declare
    DECLARED.specs.clear()
    DECLARED.specs.update(before)


def test_T6_a_crashed_agent_is_back_in_milliseconds_and_nothing_is_lost(
    project: Path, breaking: Callable[[int], list[float]]
) -> None:
    moments = breaking(2)
    done = {"task_id": "T1", "result": "Measured after all, twice interrupted.", "actions_taken": ["measured"]}
    script = steps(
        {
            "lead": [Reply(calls=[spawn(("ada", "coder"))]), Reply(calls=[assign("Measure", "ada")]), "I wait.", "Measured."],
            "ada": [
                Reply(calls=[("directory_list", {"path": "."})]),
                Reply(calls=[("scenario_breaks", {"turn": 1})], hold="go"),
                Reply(calls=[("scenario_breaks", {"turn": 2})]),
                Reply(calls=[("scenario_breaks", {"turn": 3})]),
                Reply(calls=[("peer_complete_task", done)]),
                "Done.",
            ],
        }
    )  # fmt: skip
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        run = opened.start("Measure", model=MODEL, trust="full")
        server.wait_for(2, agent="ada", timeout_s=LONG)
        assert opened.command(do="message", agent="ada", text="Mind the tide.")["ok"]
        server.event("go").set()
        finished = opened.finish(run)
        assert (finished.status, finished.answer) == ("done", "Measured.")
        last = server.by("ada")[-1]
    crashes = opened.heard.of(s.AgentRestarted)
    assert [(c.agent, c.restarts, c.error) for c in crashes] == [("ada", n, "Defect: a defect") for n in (1, 2)]
    back = [x.time for x in opened.heard.of(s.AgentStatusChanged) if x.agent == "ada" and x.was == "starting"][1:]
    assert len(back) >= 2 and min(b - m for b, m in zip(back, moments, strict=False)) < 1.0
    assert "Mind the tide." in told(last) and "T1: Measure" in told(last), "what waited or was read is lost"
    results = dict(last.results)
    assert results["scenario_breaks"] == "measured" and "LOOMKIN.md" in results["directory_list"]
    assert "You were restarted after an error (Defect: a defect)" in told(last)
    assert len([name for name, _ in last.results if name == "scenario_breaks"]) == 3 and len(moments) == 2
    assert not [a for a in opened.heard.of(s.AgentStatusChanged) if a.status == "failed"]


def test_T6_one_that_keeps_crashing_is_given_up_and_the_team_is_told(
    project: Path, breaking: Callable[[int], list[float]]
) -> None:
    breaking(1_000)
    lead = steps(
        {
            "lead": [
                Reply(calls=[spawn(("ada", "coder"))]),
                Reply(calls=[assign("Measure", "ada")]),
                "I wait.",
                Reply(calls=[("team_progress", {})]),
                "ada could not measure it.",
            ]
        }
    )

    def script(request: ScriptRequest) -> Reply | str:
        if request.agent == "ada":
            return Reply(calls=[("scenario_breaks", {"turn": request.answers})])
        return lead(request)

    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        finished = opened.ask("Measure", model=MODEL, trust="full")
        assert (finished.status, finished.answer) == ("done", "ada could not measure it.")
        heard = told(server.by("lead")[-1])
    assert "ada" in heard and "Defect: a defect" in heard
    assert [a.agent for a in opened.heard.of(s.AgentStatusChanged) if a.status == "failed"] == ["ada"]
    assert [t.status for t in opened.heard.of(s.TaskStatusChanged) if t.task == "T1"][-1] == "failed"
    assert any("crashed too often" in report.message for report in opened.heard.of(s.ErrorReported))


def test_T25_a_persons_messages_are_edited_moved_deleted_squashed_and_scheduled(project: Path) -> None:
    script = steps({"lead": [Reply(text="Ready."), "Read."]}, last="Read.")
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        assert opened.ask("Be ready", model=MODEL).status == "done"
        assert opened.command(do="pause", agent="lead")["ok"]
        waiting: dict[str, str] = {}
        for text in ("first", "second", "third"):
            assert opened.command(do="message", agent="lead", text=text)["ok"]
            waiting[text] = opened.heard.wait(s.MessageSent, lambda m, text=text: m.text == text).message
        assert opened.command(do="queue.edit", message=waiting["first"], text="first, mended")["ok"]
        assert opened.command(do="queue.move", message=waiting["third"], by=-2)["ok"]
        assert opened.command(do="queue.delete", message=waiting["second"])["ok"]
        for text in ("fourth", "fifth"):
            assert opened.command(do="message", agent="lead", text=text)["ok"]
            waiting[text] = opened.heard.wait(s.MessageSent, lambda m, text=text: m.text == text).message
        squashed = opened.command(do="queue.squash", messages=[waiting["fifth"], waiting["first"]])
        assert squashed["ok"], squashed
        assert squashed["message"]["text"] == "first, mended\n\nfifth"
        assert opened.command(do="queue.restore", message=waiting["first"])["texts"] == ["first, mended", "fifth"]
        assert opened.command(do="queue.squash", agent="lead")["message"]["squashed"] == 4
        (one,) = opened.command(do="queue", agent="lead")["queue"]
        assert one["text"] == "third\n\nfirst, mended\n\nfifth\n\nfourth"
        due = time.time() + 3600
        later = opened.command(do="schedule", agent="lead", text="in an hour", due=due)
        assert later["ok"] and later["message"]
        assert not opened.command(do="schedule", agent="lead", text="too late", due=time.time() - 10)["ok"]
        before = len(server.requests)
        assert opened.command(do="resume", agent="lead")["ok"]
        server.wait_for(before + 1, timeout_s=LONG)
        opened.heard.wait(s.AnswerReceived, lambda a: a.text == "Read.")
        read = told(server.requests[-1])
    assert "third\n\nfirst, mended\n\nfifth\n\nfourth" in read
    assert "second" not in read.split("Be ready")[-1] and "in an hour" not in read
    assert {q.change for q in opened.heard.of(s.QueueEdited)} >= {"edited", "moved", "deleted", "squashed", "restored"}


def test_J1_an_agent_that_is_named_answers_herself_also_when_she_rested(project: Path) -> None:
    lead = [Reply(calls=[spawn(("ada", "coder"))]), Reply(calls=[assign("Look", "ada")]), "I wait.", "All done."]
    script = steps(
        {
            "lead": lead,
            "ada": [
                Reply(calls=[("peer_complete_task", {"task_id": "T1", **HANDOFF, "files_changed": []})]),
                "Looked.",
                "I am ada.",
            ],
        }
    )
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        assert opened.ask("Look around", model=MODEL, trust="full").answer == "All done."
        asked = len(server.requests)
        refused = opened.command(do="ask", request="@adda, who are you?", options={"model": MODEL})
        assert not refused["ok"] and "Did you mean ada" in refused["error"]
        assert len(server.requests) == asked
        finished = opened.ask("@Ada, who are you?", model=MODEL, trust="full")
        assert (finished.status, finished.answer) == ("done", "I am ada.")
        assert {r.agent for r in server.requests[asked:]} == {"ada"}
        sent = [m for m in opened.heard.of(s.MessageSent) if m.text.startswith("@Ada") and m.kind == "request"]
        assert [(m.to, m.sender, m.priority) for m in sent] == [("ada", "user", "high")]
