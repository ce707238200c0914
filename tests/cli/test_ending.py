"""No way out of a command is silent: whatever breaks, at whatever step, stderr has a sentence that says so."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.cli import ending, session
from loomkin_jupyter.cli.ending import Ending, Terminated
from loomkin_jupyter.cli.run import run
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import LeaseLost, LoomkinError, ModelFailed, StoreError, UsageError
from loomkin_jupyter.core.status import RunStatus
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace import build
from loomkin_jupyter.workspace.requests import Requests
from loomkin_jupyter.workspace.teams import Teams
from loomkin_jupyter.workspace.workspace import Workspace
from tests.cli.conftest import Loomkin
from tests.scenarios.conftest import LONG, CommandLine

FAULTS: list[Callable[[], BaseException]] = [
    RuntimeError,
    lambda: RuntimeError("no more threads"),
    lambda: BrokenPipeError(32, "Broken pipe"),
    lambda: ConnectionResetError(104, "reset"),
    lambda: OSError(28, "No space left on device"),
    AssertionError,
    TimeoutError,
    MemoryError,
    EOFError,
    asyncio.CancelledError,
    concurrent.futures.CancelledError,
    lambda: SystemExit(1),
    lambda: SystemExit("bye"),
    lambda: SystemExit(None),
    KeyboardInterrupt,
    GeneratorExit,
    lambda: Terminated(signal.SIGTERM),
    lambda: LoomkinError(""),
    lambda: UsageError("wrong", "right"),
    lambda: StoreError("The database is damaged."),
    lambda: LeaseLost("Another process owns it."),
    lambda: ModelFailed("gateway", ""),
]

STEPS: list[tuple[Any, str]] = [
    (build, "prepare_folder"),
    (build, "_assemble"),
    (build, "_tell_opened"),
    (Workspace, "open"),
    (Workspace, "ask"),
    (Teams, "take"),
    (Requests, "_begin"),
    (Workspace, "close"),
    (Workspace, "_tell_closed"),
    (session, "open_workspace"),
]


def spoken(err: str) -> None:
    """Hold that ``err`` has an account: a line of ours with words in it."""
    accounts = [line for line in err.splitlines() if line.startswith("loomkin: ")]
    assert accounts and len(accounts[-1]) > len("loomkin: x"), repr(err)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: repr(fault())[:40])
def test_whatever_a_command_raises_is_told(loomkin: Loomkin, monkeypatch: pytest.MonkeyPatch, fault: Any):
    def broken(**_: object) -> int:
        raise fault()

    monkeypatch.setattr(run, "callback", broken)
    code, _, err = loomkin("run", "x")
    assert code != 0
    spoken(err)
    assert "Traceback" not in err


@pytest.mark.parametrize("fault", [FAULTS[2], FAULTS[9]], ids=lambda fault: repr(fault())[:40])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_whatever_breaks_on_the_way_is_told(
    loomkin: Loomkin,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[Any, str],
    fault: Callable[[], BaseException],
):
    server.script = steps({"lead": ["Done."]})
    where, name = step
    whole = getattr(where, name)

    async def breaks(*args: object, **kwargs: object) -> object:
        if name == "close":
            await whole(*args, **kwargs)
        raise fault()

    def breaks_at_once(*args: object, **kwargs: object) -> object:
        raise fault()

    monkeypatch.setattr(where, name, breaks if inspect.iscoroutinefunction(whole) else breaks_at_once)
    code, _, err = loomkin("run", "x")
    assert code != 0, err
    spoken(err)


@pytest.mark.parametrize("command", [["resume"], ["resume", "--json"], ["run", "Look.", "--json"]])
def test_a_failed_request_is_told_on_stderr_with_json_too(
    loomkin: Loomkin, server: ScriptedServer, command_line: CommandLine, command: list[str]
):
    if command[0] == "resume":
        server.script = steps({"lead": [Reply("late", hold="go")]})
        running = command_line.start("run", "Look.")
        running.heard.wait(s.RequestSent)
        running.shoot()
        running.wait()
    server.script = lambda request: Reply("wrong key", status=401)
    code, _, err = loomkin(*command)
    assert code == 1
    spoken(err)
    assert "the request failed" in err
    assert "key" in err


def test_a_resume_that_was_killed_at_any_step_is_told_or_goes_on(
    loomkin: Loomkin, server: ScriptedServer, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    server.script = steps({"lead": [Reply("late", hold="go")]})
    running = command_line.start("run", "Look.")
    running.heard.wait(s.RequestSent)
    running.shoot()
    running.wait()
    server.script = steps({"lead": ["Done."]})
    for where, name in [(Workspace, "resume"), (Requests, "data_of_open_runs"), *STEPS[:4], *STEPS[5:7]]:
        with monkeypatch.context() as patch:

            def breaks(*args: object, **kwargs: object) -> object:
                raise BrokenPipeError(32, "Broken pipe")

            patch.setattr(where, name, breaks)
            code, _, err = loomkin("resume")
        assert code != 0, name
        spoken(err)
    code, out, err = loomkin("resume")
    assert (code, out) == (0, "Done.\n"), err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminated_run_says_so_and_can_be_resumed(
    command_line: CommandLine, server: ScriptedServer, number: signal.Signals
):
    server.script = steps({"lead": [Reply("late", hold="go")]})
    running = command_line.start("run", "Look.")
    run_id = running.heard.wait(s.RequestSent).run
    os.kill(running.pid, number)
    assert running.wait() == 128 + number
    spoken(running.said())
    assert "loomkin resume" in running.said()
    assert running.heard.of(s.WorkspaceClosed)
    server.script = steps({"lead": ["Done."]})
    resumed = command_line.start("resume")
    assert resumed.wait() == 0, resumed.said()
    assert resumed.heard.wait(s.RunFinished).run == run_id


def test_a_reader_that_leaves_is_no_failure(command_line: CommandLine, server: ScriptedServer):
    server.script = steps({"lead": ["Done."]})
    assert command_line.run("run", "Look.").returncode == 0
    for arguments in (["status"], ["cost"], ["graph", "--all"]):
        assert _read_by_nobody(command_line, arguments) == (0, "")


def test_a_reader_that_leaves_does_not_make_a_failure_a_success(command_line: CommandLine, server: ScriptedServer):
    server.script = lambda request: Reply("wrong key", status=401)
    code, err = _read_by_nobody(command_line, ["run", "Look.", "--json"])
    assert code == 1
    spoken(err)


def test_nobody_reads_the_story_and_the_run_goes_on(command_line: CommandLine, server: ScriptedServer):
    server.script = steps({"lead": [Reply(calls=[("directory_list", {"path": "."})]), "Done."]})
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "loomkin_jupyter.cli", "run", "Look.", "--project", str(command_line.root)],
            env=command_line.environment, stdout=subprocess.PIPE, stderr=write, timeout=LONG, check=False, text=True,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stdout) == (0, "Done.\n")


def _read_by_nobody(line: CommandLine, arguments: list[str]) -> tuple[int, str]:
    """Run a command whose stdout is a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "loomkin_jupyter.cli", *arguments, "--project", str(line.root)],
            env=line.environment, stdout=write, stderr=subprocess.PIPE, timeout=LONG, check=False, text=True,
        )  # fmt: skip
    finally:
        os.close(write)
    return done.returncode, done.stderr


@given(status=st.sampled_from(get_args(RunStatus)) | st.text(max_size=8), reason=st.text(), answer=st.text())
def test_every_end_of_a_run_that_is_not_done_has_an_account(status: str, reason: str, answer: str):
    ended = ending.of_run(s.RunFinished(status=status, reason=reason, answer=answer))
    assert (ended.code == 0) == (status == "done")
    if ended.code:
        assert len(ended.account.split()) > 3
        assert ended.account.endswith((".", "!", "?", "…"))
        assert ended.remedy


@given(code=st.integers(), account=st.text(), remedy=st.text())
def test_tell_speaks_exactly_when_it_did_not_go_well(code: int, account: str, remedy: str):
    with pytest.MonkeyPatch.context() as patch:
        heard: list[str] = []
        patch.setattr(sys, "stderr", _Heard(heard))
        ending.tell(Ending(code, account, remedy))
    assert bool("".join(heard).strip().removeprefix("loomkin:").strip()) == (code != 0)


class _Heard:
    def __init__(self, heard: list[str]) -> None:
        self.write = heard.append

    def flush(self) -> None:
        """Everything is heard at once."""


@pytest.fixture(params=[None, "closed"])
def gone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A stderr that cannot be written."""
    if request.param is None:
        yield None
        return
    with (tmp_path / "closed").open("w") as closed:
        pass
    yield closed


def test_a_closed_stderr_harms_nobody(monkeypatch: pytest.MonkeyPatch, gone: Any):
    monkeypatch.setattr(sys, "stderr", gone)
    ending.tell(Ending(1, "it failed."))


def test_signals_are_put_back_and_ignored_ones_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending.ended_in_order():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            with pytest.raises(Terminated):
                signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
