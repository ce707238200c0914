# pyright: basic
"""Commands reach a kernel whose cell blocks: in our own wait, in plain Python, in a sleep. An interrupt pauses the run."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order

RUNS_CODE = Reply(calls=[("kernel_eval", {"code": "made = 6 * 7\nmade"})])


def test_no_team_is_said(kernel: Any) -> None:
    assert kernel.control({"do": "announce"}) == {"status": "ok", "ok": True, "open": False, "workspace": ""}
    reply = kernel.control({"do": "stop"})
    assert reply["ok"] is False
    assert reply["remedy"]


def test_stop_arrives_while_the_cell_waits(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="Late answer.", hold="never"))
    cell = kernel.send("%%loomkin --wait --name run\nTake your time")
    model.wait_for(1, timeout_s=120)
    assert next(iter(kernel.state()["runs"].values()))["status"] == "running"
    assert kernel.control({"do": "stop"})["ok"] is True
    assert not kernel.finish(cell)["error"]
    assert kernel.run("print(run.status)")["text"] == "stopped\n"
    model.event("never").set()


@pytest.mark.parametrize("choice", ["allow_once", "deny"])
def test_a_question_is_answered_while_the_cell_waits(kernel: Any, model: ScriptedServer, choice: str) -> None:
    kernel.run("made = 0")
    model.script = in_order(RUNS_CODE, Reply(text="Finished."))
    cell = kernel.send("%%loomkin --wait --name run --trust balanced --share full\nCompute")
    question = kernel.question()
    assert question["tool"] == "kernel_eval"
    reply = kernel.control({"do": "answer", "question": question["handle"], "choice": choice, "reason": "not now"})
    assert reply["ok"] is True, reply
    assert not kernel.finish(cell)["error"]
    made = 42 if choice == "allow_once" else 0
    assert kernel.run("print(run.status, made)")["text"] == f"done {made}\n"
    told = model.requests[-1].results[-1][1]
    assert ("42" in told) if made else ("not now" in told)
    again = kernel.control({"do": "answer", "question": question["handle"], "choice": "allow_once"})
    assert again["ok"] is False


def test_a_question_is_answered_while_the_users_own_cell_sleeps(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(RUNS_CODE, Reply(text="Finished."))
    kernel.run("made = 0; import pathlib, time")
    kernel.run("%%loomkin --name run --trust balanced --share full\nCompute")
    cell = kernel.send("while not pathlib.Path('go').exists(): time.sleep(0.05)\nprint(made)")
    question = kernel.question()
    reply = kernel.control({"do": "answer", "question": question["handle"], "choice": "allow_once"})
    assert reply["ok"] is True
    (kernel.folder / "go").write_text("")
    assert kernel.finish(cell)["text"] == "0\n", "agents' code runs between cells, never in the middle of one"
    assert kernel.run("print(run.result.status, made)")["text"] == "done 42\n"


def test_an_interrupt_gives_the_cell_back_and_pauses(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="Late answer.", hold="go"), Reply(text="After all."))
    cell = kernel.send("%%loomkin --wait --name run\nTake your time")
    model.wait_for(1, timeout_s=120)
    kernel.interrupt()
    assert "KeyboardInterrupt" in kernel.finish(cell)["error"]
    model.event("go").set()  # the pause takes hold at the agent's next checkpoint, after the answer on its way
    kernel.until(lambda state: any(agent["status"] == "paused" for agent in state["agents"].values()))
    assert kernel.run("print(run.status)")["text"] == "running\n"
    kernel.run("%loomkin resume")
    assert kernel.run("print(run.result.status)")["text"] == "done\n"
