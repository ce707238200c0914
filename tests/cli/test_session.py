"""A workspace for one command: open inside, closed behind, heard from the first signal on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from loomkin_jupyter.cli.session import listen, opened, project_root, wait_or_stop
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.testing.script import steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace.options import RunOptions
from tests.scenarios.conftest import isolated


@pytest.fixture(autouse=True)
def own_place(project: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without settings, and the scripted model's keys."""
    for name, value in {**isolated(project, server), "LOOMKIN_MODEL": "openai/gpt-4o-mini"}.items():
        monkeypatch.setenv(name, value)


def test_a_command_has_a_workspace_and_leaves_nothing(project: Path, server: ScriptedServer) -> None:
    server.script = steps({"lead": ["Twelve."]})
    first: list[s.Signal] = []
    later: list[s.Signal] = []
    with opened(project, listener=first.append) as (portal, workspace, namespace):
        namespace.variables["a"] = 1
        portal.run(listen(workspace, later.append))
        run = portal.run(workspace.ask("How many?", RunOptions()))
        assert wait_or_stop(portal, workspace, run).answer == "Twelve."
    assert isinstance(first[0], s.WorkspaceOpened)
    assert isinstance(first[-1], s.WorkspaceClosed)
    assert not any(isinstance(signal, s.WorkspaceOpened) for signal in later)
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"loomkin-namespace", "loomkin-portal"}


def test_what_fails_inside_still_closes(project: Path) -> None:
    heard: list[s.Signal] = []
    with pytest.raises(ZeroDivisionError), opened(project, listener=heard.append):
        raise ZeroDivisionError
    assert isinstance(heard[-1], s.WorkspaceClosed)


def test_a_wrong_setting_of_the_command_is_told(project: Path) -> None:
    with pytest.raises(LoomkinError), opened(project, overrides={"model.attempts": "many"}):
        pass


def test_the_project_is_the_one_that_was_given(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "LOOMKIN.md").write_text("# Rules\n")
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    assert project_root(None) == project.resolve()
    assert project_root(str(project / "below")) == (project / "below").resolve()
