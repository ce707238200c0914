"""A workspace for one command: open inside, closed behind, heard from the first signal on."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.cli.session import listen, opened, project_root, wait_or_stop
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import LoomkinError, StoreError
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.testing.script import Reply, steps
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
    _no_thread_of_ours_stays()


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


@pytest.mark.parametrize("raised", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_is_closed_whatever_is_raised_inside(project: Path, raised: type[BaseException]) -> None:
    heard: list[s.Signal] = []
    with pytest.raises(raised), opened(project, listener=heard.append):
        raise raised
    assert isinstance(heard[-1], s.WorkspaceClosed)
    _no_thread_of_ours_stays()


def test_one_that_cannot_be_opened_leaves_no_thread(project: Path) -> None:
    (project / ".loomkin").write_text("a file")
    with pytest.raises(StoreError), opened(project):
        raise AssertionError("it was opened")
    _no_thread_of_ours_stays()


class Interrupted(Portal):
    """A portal on which Ctrl-C comes with the first waits for a run."""

    times = 1

    def run(self, coro: Coroutine[Any, Any, Any], timeout: float | None = None) -> Any:
        if coro.__qualname__ == "Run.wait" and self.times:
            self.times -= 1
            coro.close()
            raise KeyboardInterrupt
        return super().run(coro, timeout)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_stops_the_run_in_order_and_a_second_one_leaves(
    project: Path,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    times: int,
) -> None:
    server.script = steps({"lead": [Reply("never", hold="go")]})
    monkeypatch.setattr("loomkin_jupyter.cli.session.Portal", Interrupted)
    monkeypatch.setattr(Interrupted, "times", times)
    with opened(project) as (portal, workspace, _):
        run = portal.run(workspace.ask("Long.", RunOptions()))
        if times == 2:
            with pytest.raises(KeyboardInterrupt):
                wait_or_stop(portal, workspace, run)
        else:
            finished = wait_or_stop(portal, workspace, run)
            assert (finished.status, finished.reason) == ("stopped", "Ctrl-C")
    assert "Ctrl-C again leaves at once" in capsys.readouterr().err


def _no_thread_of_ours_stays() -> None:
    ours = [thread for thread in threading.enumerate() if thread.name in ("loomkin-namespace", "loomkin-portal")]
    for thread in ours:
        thread.join(30)
    assert not [thread for thread in ours if thread.is_alive()]
