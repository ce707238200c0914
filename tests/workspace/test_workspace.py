"""One open workspace: requests, queues, teams side by side, and every lever, against a scripted model."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.testing.script import Reply, ScriptRequest, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import LONG, Opened, workspace_of

MODEL: dict[str, Any] = {"model.default": "openai/gpt-4o-mini"}


def held(server: ScriptedServer) -> threading.Event:
    """Let the model's first answer to each agent wait until the event is set."""
    go = threading.Event()

    def answer(request: ScriptRequest) -> Reply:
        return Reply(f"Answer {request.answers}.", hold=go if request.answers == 0 else None)

    server.script = answer
    return go


def thinking(opened: Opened, agent: str = "lead", team: str = "main") -> None:
    """Wait until the model has been asked."""
    opened.heard.wait(s.RequestSent, lambda sent: (sent.agent, sent.team) == (agent, team))


def test_an_answer_ends_the_run_with_its_account(opened: Opened, server: ScriptedServer):
    server.script = steps({"lead": ["Twelve."]})
    end = opened.ask("How many?")
    assert (end.status, end.answer, end.agents) == ("done", "Twelve.", 1)
    assert end.cost_usd is not None
    assert end.tokens.input > 0
    assert opened.workspace.statistics()["runs"] == {"runs": 1, "running": 0}


def test_a_request_to_a_busy_team_waits_its_turn(opened: Opened, server: ScriptedServer):
    go = held(server)
    first = opened.start("First.")
    thinking(opened)
    second = opened.start("Second.")
    assert [run.id for run in opened.workspace.parts.runs.current()] == [first, second]
    go.set()
    assert opened.finish(second).status == "done"
    assert [end.run for end in opened.heard.of(s.RunFinished)] == [first, second]


def test_two_teams_work_side_by_side(opened: Opened, server: ScriptedServer):
    go = held(server)
    one, two = opened.start("One.", team="one"), opened.start("Two.", team="two")
    thinking(opened, team="one")
    thinking(opened, team="two")
    go.set()
    assert {opened.finish(one).team, opened.finish(two).team} == {"one", "two"}


def test_two_first_requests_at_once_make_one_team(opened: Opened, server: ScriptedServer):
    server.script = steps({"lead": ["One.", "Two."]})
    runs: list[str] = []
    askers = [threading.Thread(target=lambda: runs.append(opened.start("Both."))) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(LONG)
    assert sorted(opened.finish(run).answer for run in runs) == ["One.", "Two."]
    assert [spawned.agent for spawned in opened.heard.of(s.AgentSpawned)] == ["lead"]


def test_stop_ends_what_runs_and_the_team_takes_the_next(opened: Opened, server: ScriptedServer):
    go = held(server)
    run = opened.start("Long.")
    thinking(opened)
    assert "Stopped 1 run" in opened.command(do="stop", reason="enough")["text"]
    end = opened.finish(run)
    assert (end.status, end.reason) == ("stopped", "enough")
    go.set()
    assert opened.command(do="stop")["text"] == "Nothing is running."
    assert opened.ask("Next.").status == "done"


def test_stop_withdraws_an_open_question(opened: Opened, server: ScriptedServer):
    server.script = steps({"lead": [Reply(calls=[("shell", {"command": "curl https://example.org"})])]})
    run = opened.start("Fetch.")
    asked = opened.heard.wait(s.QuestionAsked)
    opened.command(do="stop")
    assert opened.finish(run).status == "stopped"
    assert opened.heard.wait(s.QuestionAnswered).question == asked.question
    assert opened.workspace.questions_open() == 0


def test_pause_resume_with_guidance_and_steer(opened: Opened, server: ScriptedServer):
    go = held(server)
    run = opened.start("Work.")
    thinking(opened)
    assert opened.command(do="pause", agent="lead")["agents"] == ["lead"]
    go.set()
    opened.heard.wait(s.AgentStatusChanged, lambda changed: changed.status == "paused")
    assert opened.command(do="steer", agent="lead", text="Use metres.")["ok"]
    assert opened.command(do="resume", agent="lead", guidance="Be brief.")["agents"] == ["lead"]
    assert opened.finish(run).status == "done"
    said = str(server.requests[-1].messages)
    assert "Use metres." in said
    assert "Be brief." in said


def test_a_budget_that_cannot_hold_a_call_ends_the_run_with_limit(opened: Opened):
    end = opened.ask("Expensive.", budget_usd=0.0)
    assert end.status == "limit"
    assert "--budget" in end.reason
    assert end.cost_usd == 0


def test_unattended_a_question_is_no_with_a_remedy(project: Path, server: ScriptedServer):
    call = Reply(calls=[("shell", {"command": "curl https://example.org"})])
    server.script = steps({"lead": [call, "I may not."]})
    with workspace_of(project, server, **MODEL) as opened:
        assert opened.ask("Fetch.").answer == "I may not."
        answered = opened.heard.wait(s.QuestionAnswered)
    assert answered.by == "nobody"
    assert "--trust" in answered.reason


def test_a_run_that_cannot_begin_leaves_nothing(opened: Opened):
    for options in ({"roles": ["codr"]}, {"model": "opnai/x"}, {"trust": "ful"}, {"data": {"x": "/nowhere"}}):
        reply = opened.command(do="ask", request="Look.", options=options)
        assert not reply["ok"]
        assert reply["remedy"]
    assert opened.workspace.statistics()["runs"] == {"runs": 0, "running": 0}
    assert opened.workspace.teams == {}


def test_no_playbook_fits_is_refused(opened: Opened):
    end = opened.ask("xyzzy plugh", model="loomkin/playbook")
    assert end.status == "refused"
    assert end.reason


def test_a_team_that_another_process_runs_is_not_taken(project: Path, server: ScriptedServer):
    with workspace_of(project, server, **MODEL) as holder:
        holder.ask("Mine.")
        with workspace_of(project, server, **MODEL) as other:
            reply = other.command(do="ask", request="Also mine.")
            assert not reply["ok"]
            assert "is run by" in reply["error"]
            assert other.workspace.statistics()["runs"]["running"] == 0


def test_closing_in_the_middle_leaves_a_run_that_can_be_resumed(project: Path, server: ScriptedServer):
    go = held(server)
    with workspace_of(project, server, **MODEL) as opened:
        run = opened.start("Long.")
        thinking(opened)
        opened.portal.run(opened.workspace.close(), LONG)
        opened.portal.run(opened.workspace.close(), LONG)
    go.set()
    with workspace_of(project, server, **MODEL) as opened:
        assert opened.command(do="resume_run")["run"] == run
        assert opened.finish(run).status == "done"
        assert opened.command(do="resume_run")["run"] is None


def test_messages_queue_can_be_edited_moved_and_deleted(opened: Opened, server: ScriptedServer):
    go = held(server)
    run = opened.start("Work.")
    thinking(opened)
    for text in ("one", "two", "three"):
        opened.command(do="message", agent="lead", text=text)
    agent = opened.workspace.teams["main"].roster.agents["lead"]
    one, two, three = [envelope.id for envelope in agent.inbox.waiting()]
    assert opened.command(do="queue.edit", message=one, text="uno")["ok"]
    assert opened.command(do="queue.move", message=three, by=-2)["ok"]
    assert opened.command(do="queue.delete", message=two)["ok"]
    assert [envelope.text for envelope in agent.inbox.waiting()] == ["three", "uno"]
    go.set()
    assert opened.finish(run).status == "done"


def test_unknown_agents_are_named_with_those_there_are(opened: Opened):
    opened.ask("Hello.")
    with pytest.raises(LoomkinError, match="Did you mean lead") as failed:
        opened.portal.run(opened.workspace.steer("leda", "x"))
    assert "lead" in failed.value.remedy
