"""Teams side by side in one workspace, each under its lease, each found by what is its own."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.testing.script import steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import LONG, Opened, workspace_of
from tests.workspace.conftest import held, thinking

MODEL: dict[str, Any] = {"model.default": "openai/gpt-4o-mini"}


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


def test_a_team_that_another_process_runs_is_not_taken(project: Path, server: ScriptedServer):
    with workspace_of(project, server, **MODEL) as holder:
        holder.ask("Mine.")
        with workspace_of(project, server, **MODEL) as other:
            reply = other.command(do="ask", request="Also mine.")
            assert not reply["ok"]
            assert "is run by" in reply["error"]
            assert other.workspace.statistics()["runs"]["running"] == 0


def test_what_belongs_to_no_team_is_refused(opened: Opened):
    teams = opened.workspace.requests.teams
    opened.ask("Hello.")
    assert teams.of("lead") is teams.open["main"]
    assert teams.living() == ["lead"]
    with pytest.raises(LoomkinError, match="no longer waits"):
        teams.waiting("msg_1")
    with pytest.raises(LoomkinError, match=r"no role 'codr'\. Did you mean coder"):
        teams.check_roles(("lead", "codr"))


def test_the_roles_of_a_request_are_there_once(opened: Opened, server: ScriptedServer):
    server.script = steps({"lead": ["One.", "Two."]})
    opened.ask("First.", roles=["researcher"])
    opened.ask("Second.", roles=["researcher"])
    spawned = [signal.agent for signal in opened.heard.of(s.AgentSpawned)]
    assert spawned[:2] == ["lead", "researcher"]
    assert set(spawned) == {"lead", "researcher"}
