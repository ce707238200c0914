# pyright: basic
"""Commands reach a kernel whose cell blocks; an interrupt gives the cell back and pauses the run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, steps


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    """A model that holds its first answer back."""
    with ScriptedServer(steps({"lead": [Reply(text="Late answer.", hold="go"), Reply(text="After all.")]})) as server:
        yield server


def _arrived(model: ScriptedServer) -> None:
    until = time.monotonic() + 60
    while not model.requests and time.monotonic() < until:
        model.stopped.wait(0.05)
    assert model.requests


def test_no_team_is_said(kernel: Any) -> None:
    assert kernel.control({"do": "announce"}) == {"status": "ok", "ok": True, "open": False, "workspace": ""}
    reply = kernel.control({"do": "stop"})
    assert reply["ok"] is False
    assert reply["remedy"]


def test_stop_arrives_while_the_cell_waits(kernel: Any, model: ScriptedServer) -> None:
    cell = kernel.send("%%loomkin --wait --name run\nTake your time")
    _arrived(model)
    whole = kernel.control({"do": "snapshot"})
    assert next(iter(whole["state"]["runs"].values()))["status"] == "running"
    assert kernel.control({"do": "stop"})["ok"] is True
    assert not kernel.finish(cell)["error"]
    assert kernel.run("print(run.status)")["text"] == "stopped\n"


def test_an_interrupt_gives_the_cell_back_and_pauses(kernel: Any, model: ScriptedServer) -> None:
    cell = kernel.send("%%loomkin --wait --name run\nTake your time")
    _arrived(model)
    kernel.interrupt()
    out = kernel.finish(cell, timeout=30)
    assert "KeyboardInterrupt" in out["error"]
    model.event("go").set()  # the pause takes hold at the agent's next checkpoint, after the answer on its way
    until = time.monotonic() + 30
    statuses: list[str] = []
    while "paused" not in statuses and time.monotonic() < until:
        state = kernel.control({"do": "snapshot"})["state"]
        statuses = [agent["status"] for agent in state["agents"].values()]
    assert "paused" in statuses
    assert kernel.control({"do": "stop"})["ok"] is True
