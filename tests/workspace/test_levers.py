"""Every lever of a person, against a scripted model that is held in the middle of its work."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import Opened
from tests.workspace.conftest import held, thinking

MODEL: dict[str, Any] = {"model.default": "openai/gpt-4o-mini"}


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
    assert opened.workspace.questions.open() == []


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
        opened.portal.run(opened.workspace.levers.steer("leda", "x"))
    assert "lead" in failed.value.remedy
