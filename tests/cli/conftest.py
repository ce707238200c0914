"""The command line in the test's own process, under a home of its own, on a project of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomkin_jupyter.cli.main import main
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.scenarios.conftest import CommandLine, isolated, project

__all__ = ["command_line", "loomkin", "project", "server"]

Loomkin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted model; each test sets its script."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def loomkin(
    project: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Loomkin:
    """Run ``loomkin ARGUMENTS`` in the project; return exit code, stdout and stderr."""
    for name, value in {**isolated(project, server), "LOOMKIN_MODEL": "openai/gpt-4o-mini"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project)
    monkeypatch.setattr("sys.stdin", None)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def command_line(project: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """The command in processes of its own."""
    monkeypatch.setenv("LOOMKIN_MODEL", "openai/gpt-4o-mini")
    line = CommandLine(project, server)
    yield line
    line.close()
