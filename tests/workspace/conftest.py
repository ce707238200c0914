"""Workspaces in projects of their own, opened with a scripted model (as scenarios do)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.script import Reply, ScriptRequest
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import Opened, project, workspace_of

__all__ = ["opened", "project", "server"]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted model; each test sets its script."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def opened(project: Path, server: ScriptedServer) -> Iterator[Opened]:
    """An attended workspace whose model is ``server``."""
    with workspace_of(project, server, attended=True, **{"model.default": "openai/gpt-4o-mini"}) as one:
        yield one


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


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without settings and keys."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(home))
    return home
