# pyright: basic
"""A kernel's life: where it says that it is, what it leaves in its cells when it ends, what a killed one leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order
from tests.kernel.conftest import LiveKernel


@pytest.fixture
def live(folder: Path, environment: dict[str, str], model: ScriptedServer) -> Iterator[LiveKernel]:
    """A kernel of the test's own, because the test ends it."""
    made = LiveKernel(folder, {**environment, **model.environment()})
    assert not made.run("%load_ext loomkin_jupyter")["error"]
    yield made
    made.close()


def _file(live: LiveKernel, environment: dict[str, str]) -> Path:
    return Path(environment["JUPYTER_RUNTIME_DIR"]) / f"loomkin-{live.id}.json"


def test_a_kernel_that_shuts_down_leaves_a_static_record(
    live: LiveKernel, environment: dict[str, str], model: ScriptedServer, folder: Path
) -> None:
    written = json.loads(_file(live, environment).read_text())
    assert written["pid"] == live.manager.provisioner.pid  # type: ignore[union-attr]
    assert psutil.Process(written["pid"]).create_time() == pytest.approx(written["start_time"], abs=1)
    assert (written["workspace"], written["protocol"]) == ("", 1)
    model.script = in_order(Reply(text="Late.", hold="never"))
    live.run("%%loomkin --name run\nTake your time")
    assert json.loads(_file(live, environment).read_text())["workspace"] == str(folder)
    model.wait_for(1, timeout_s=120)
    live.manager.request_shutdown()
    record = live.wait_update()
    assert "application/vnd.jupyter.widget-view+json" not in record
    assert "Take your time" in record["text/html"] or "Running" in record["text/html"]
    model.event("never").set()
    psutil.Process(written["pid"]).wait(60) if psutil.pid_exists(written["pid"]) else None
    assert not _file(live, environment).exists()


def test_after_a_kill_the_same_project_goes_on_in_a_new_kernel(
    live: LiveKernel, environment: dict[str, str], model: ScriptedServer
) -> None:
    choose = {"node_type": "decision", "title": "Keep clean and points as they are", "confidence": 80}
    model.script = in_order(
        Reply(calls=[("decision_log", choose)]), Reply(text="Lost.", hold="killed"), Reply(text="Found again.")
    )
    (live.folder / "points.csv").write_text("x\n1\n")
    live.run("clean = 1")
    live.run("%%loomkin --name run --data points=points.csv\nTake your time")
    model.wait_for(2, timeout_s=120)
    killed = psutil.Process(live.manager.provisioner.pid)  # type: ignore[union-attr]
    killed.kill()
    until = time.monotonic() + 60
    while killed.is_running() and killed.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        model.stopped.wait(0.05)
    assert _file(live, environment).exists(), "nobody could take it away: readers look whether the process lives"
    model.event("killed").set()
    live.restart()
    assert not live.run("%load_ext loomkin_jupyter")["error"]
    written = json.loads(_file(live, environment).read_text())
    assert written["pid"] == live.manager.provisioner.pid != killed.pid  # type: ignore[union-attr]
    out: dict[str, Any] = live.run("%loomkin resume")
    assert "goes on" in out["text"], out
    assert "Loaded again: points." in out["text"]
    assert "variables that are gone: clean" in out["text"]
    assert live.run("print(len(points))")["text"] == "1\n"
    live.until(lambda state: any(run["answer"] == "Found again." for run in state["runs"].values()))
    assert any("variables of before are gone: clean" in str(request.messages) for request in model.requests)
