"""One open workspace: it works, tells of itself, and closes in the middle of anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loomkin_jupyter.testing.script import steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import LONG, Opened, workspace_of
from tests.workspace.conftest import held, thinking

MODEL: dict[str, Any] = {"model.default": "openai/gpt-4o-mini"}


def test_an_answer_ends_the_run_with_its_account(opened: Opened, server: ScriptedServer):
    server.script = steps({"lead": ["Twelve."]})
    end = opened.ask("How many?")
    assert (end.status, end.answer, end.agents) == ("done", "Twelve.", 1)
    assert end.cost_usd is not None
    assert end.tokens.input > 0
    assert opened.workspace.statistics()["runs"] == {"runs": 1, "running": 0}


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
