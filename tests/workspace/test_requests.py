"""Requests: waiting their turn, refused before they begin, ended by their limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import LONG, Opened, workspace_of
from tests.workspace.conftest import held, thinking

MODEL: dict[str, Any] = {"model.default": "openai/gpt-4o-mini"}


def test_a_request_to_a_busy_team_waits_its_turn(opened: Opened, server: ScriptedServer):
    go = held(server)
    first = opened.start("First.")
    thinking(opened)
    second = opened.start("Second.")
    assert [run.id for run in opened.workspace.parts.runs.current()] == [first, second]
    go.set()
    assert opened.finish(second).status == "done"
    assert [end.run for end in opened.heard.of(s.RunFinished)] == [first, second]


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


def test_data_of_interrupted_runs_is_known_before_they_go_on(project: Path, server: ScriptedServer):
    (project / "a.csv").write_text("x\n1\n")
    held(server)
    with workspace_of(project, server, **MODEL) as opened:
        opened.start("Long.", data={"a": str(project / "a.csv")})
        thinking(opened)
    with workspace_of(project, server, **MODEL) as opened:
        found = opened.portal.run(opened.workspace.requests.data_of_open_runs(), LONG)
        assert found == {"a": str(project / "a.csv")}
