"""Commands to a live ``loomkin run`` of another process: approve, deny, stop; and undo and trust without one."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.cli.conftest import Loomkin
from tests.scenarios.conftest import LONG, CommandLine

FETCH = Reply(calls=[("file_write", {"file_path": "made.txt", "content": "new\n"})])


class OnTerminal:
    """A ``loomkin run`` that sits at a terminal; ``until`` waits for words on it."""

    def __init__(self, line: CommandLine, *arguments: str) -> None:
        self._main, child = pty.openpty()
        command = [sys.executable, "-m", "loomkin_jupyter.cli", *arguments, "--project", str(line.root)]
        self.process = subprocess.Popen(
            command, env={**line.environment, "COLUMNS": "200"}, stdin=child, stdout=child, stderr=child
        )
        os.close(child)
        self.text = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, words: str, *, after: str = "") -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: words in self.text.partition(after)[2] if after else words in self.text, LONG
            ), self.text

    def type(self, text: str) -> None:
        os.write(self._main, text.encode())

    def close(self) -> int:
        code = self.process.wait(LONG)
        self._reader.join(LONG)
        os.close(self._main)
        return code

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._main, 65_536)
            except OSError:  # the other end is closed: the process has ended
                return
            with self._changed:
                self.text += data.decode("utf-8", "replace")
                self._changed.notify_all()


def test_a_question_at_one_terminal_is_answered_from_another(command_line: CommandLine, server: ScriptedServer):
    server.script = steps({"lead": [FETCH, "Written."]})
    terminal = OnTerminal(command_line, "run", "Write.", "--trust", "strict")
    try:
        terminal.until("allow once")
        unknown = command_line.run("approve", "Q9")
        assert unknown.returncode == 1
        assert "Q1" in unknown.stderr
        assert command_line.run("approve", "Q1", "some", "words").returncode == 2
        approved = command_line.run("approve", "q1")
        assert approved.returncode == 0, approved.stderr
        assert approved.stdout == "Q1: allow once.\n"
        terminal.until("Written.")
    finally:
        code = terminal.close()
    assert code == 0
    assert (command_line.root / "made.txt").read_text() == "new\n"


def test_a_question_is_answered_where_it_was_asked(command_line: CommandLine, server: ScriptedServer):
    server.script = steps({"lead": [FETCH, lambda request: f"It said: {request.last}"]})
    terminal = OnTerminal(command_line, "run", "Write.", "--trust", "strict")
    try:
        terminal.until("allow once")
        terminal.type("maybe\n")
        terminal.type("n not this file\n")
        terminal.until("■ done")
    finally:
        code = terminal.close()
    assert code == 0
    assert "not this file" in terminal.text
    assert not (command_line.root / "made.txt").exists()


def test_stop_from_another_terminal_ends_the_run_with_130(command_line: CommandLine, server: ScriptedServer):
    server.script = steps({"lead": [Reply("never", hold="go")]})
    running = command_line.start("run", "Long.")
    running.heard.wait(s.RequestSent)
    stopped = command_line.run("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert "Stopped 1 run" in stopped.stdout
    assert running.wait() == 130
    assert running.heard.wait(s.RunFinished).status == "stopped"


@pytest.mark.parametrize("command", [["approve", "Q1"], ["deny", "Q1", "no"], ["stop"]])
def test_without_a_live_team_each_says_so(loomkin: Loomkin, command: list[str]):
    code, _, err = loomkin(*command)
    assert code == 1
    assert "No team is running" in err


def test_undo_without_a_live_team(loomkin: Loomkin, server: ScriptedServer, project: Path):
    server.script = steps({"lead": [FETCH, "Written."]})
    assert loomkin("run", "Write.", "--trust", "full")[0] == 0
    assert (project / "made.txt").exists()
    code, out, _ = loomkin("undo", "made.txt")
    assert code == 0
    assert "made.txt is removed" in out
    assert not (project / "made.txt").exists()
    assert loomkin("undo")[0] == 1


def test_trust_is_given_and_taken_back(loomkin: Loomkin, project: Path):
    from loomkin_jupyter.policy.trust import FolderTrust

    assert "is trusted" in loomkin("trust")[1]
    assert FolderTrust().is_trusted(project)
    assert "not trusted any more" in loomkin("trust", "--revoke")[1]
    assert not FolderTrust().is_trusted(project)
