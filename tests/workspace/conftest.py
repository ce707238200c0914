"""Workspaces in projects of their own, opened with a scripted model (as scenarios do)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
