"""What must happen before agents go on: leftovers killed, the interruption told in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.store import intents, runs
from loomkin_jupyter.store.runs import RunRecord
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace.resume import prepare_resume
from tests.scenarios.conftest import Opened, workspace_of


def test_leftovers_are_killed_and_every_interrupted_call_is_told(project: Path, server: ScriptedServer):
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        with workspace_of(project, server) as opened:
            started = psutil.Process(left.pid).create_time()
            signal = prepare(opened, left.pid, started)
        assert left.wait(60) is not None  # gone (who reaped it first knows the code)
    finally:
        left.kill()
        left.wait(60)
    assert signal.team == "main"
    text = "\n".join(signal.interrupted)
    assert "shell of coder was still running" in text
    assert "coder was in the middle of shell" in text
    assert "coder had finished file_write; its result was kept." in text


def prepare(opened: Opened, pid: int, started: float) -> s.WorkspaceResumed:
    """Leave two open calls as a killed process would, and take them up."""
    parts = opened.workspace.parts

    async def work() -> s.WorkspaceResumed:
        await parts.store.transact(lambda tx: runs.begin(tx, RunRecord(id="run_1", team="main", request="x")))
        await parts.store.transact(
            lambda tx: intents.begin(tx, "call_1", "coder", "main", "shell", "{}", pgid=pid, start_time=started)
        )
        await parts.store.transact(lambda tx: intents.begin(tx, "call_2", "coder", "main", "file_write", "{}"))
        await parts.store.transact(lambda tx: intents.effect(tx, "call_2", "wrote it"))
        return await prepare_resume(parts, "main")

    return opened.portal.run(work(), 120)


def test_variables_that_went_with_their_process_are_named(project: Path, server: ScriptedServer):
    """Those that decisions of the open run named, and those that --data loaded; not the ones that are here."""
    data = {"points": "points.csv", "here": "here.csv"}
    with workspace_of(project, server) as opened:
        parts = opened.workspace.parts

        async def work() -> s.WorkspaceResumed:
            record = RunRecord(id="run_1", team="main", request="x", options={"data": data})
            await parts.store.transact(lambda tx: runs.begin(tx, record))
            caller = Caller(agent="lead", team="main", run="run_1", role="lead", call="")
            other = Caller(agent="lead", team="main", run="run_0", role="lead", call="")
            await parts.graph.log("decision", "Drop rows", variables=("flights", "here"), caller=caller)
            await parts.graph.log("decision", "Of an earlier run", variables=("older",), caller=other)
            await parts.kernel.evaluate("here = 1", agent="lead")
            return await prepare_resume(parts, "main")

        signal = opened.portal.run(work(), 120)
    assert signal.lost_variables == ["flights", "points"]
