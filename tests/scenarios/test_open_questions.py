# pyright: basic
"""Kill -9 while a person is being asked: after the resume the same question waits, and the call runs once when allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.store import changes
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, steps
from tests.kernel.conftest import LiveKernel
from tests.scenarios.conftest import in_store, isolated, project_with
from tests.scenarios.test_kills import all_signals

WRITE = ("file_write", {"file_path": "made.txt", "content": "once\n"})
ASK = ("ask_user", {"question": "Red or blue?", "options": ["red", "blue"]})
SPAWN = ("team_spawn", {"team_name": "x", "purpose": "help", "roles": [{"role": "coder", "name": "coder"}]})

Killed = Callable[[tuple[str, dict[str, Any]]], tuple[LiveKernel, ScriptedServer]]


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    """A new kernel on a project whose kernel was killed while its lead's call waited for a person as Q1."""
    root = project_with(tmp_path, {"LOOMKIN.md": "# Rules\n"})
    (tmp_path / "runtime").mkdir()
    own = {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "IPYTHONDIR": str(tmp_path / "ipython")}
    with ScriptedServer() as server:
        live = LiveKernel(root, {**isolated(root, server), **own})

        def kill(call: tuple[str, dict[str, Any]]) -> tuple[LiveKernel, ScriptedServer]:
            server.script = steps({"lead": [Reply(calls=[call]), Reply(text="All done.")]})
            assert not live.run("%load_ext loomkin_jupyter")["error"]
            assert not live.run("%%loomkin --model openai/scripted --name asked\nDo it")["error"]
            assert live.question()["handle"] == "Q1"
            process = psutil.Process(live.manager.provisioner.pid)  # type: ignore[union-attr]
            process.kill()
            live.restart()
            assert not live.run("%load_ext loomkin_jupyter")["error"]
            return live, server

        try:
            yield kill
        finally:
            live.close()


def ended(live: LiveKernel) -> dict[str, Any]:
    return live.until(lambda state: next((r for r in state["runs"].values() if r["status"] != "running"), None))


@pytest.mark.parametrize(
    ("call", "answer"),
    [(WRITE, "approve Q1"), (ASK, "approve Q1 blue"), (SPAWN, "approve Q1")],
    ids=["write", "ask", "spawn"],
)
def test_a_question_that_was_open_at_the_kill_is_asked_again_and_its_call_runs_once(
    killed: Killed, call: tuple[str, dict[str, Any]], answer: str
) -> None:
    live, server = killed(call)
    resumed = live.run("%loomkin resume")
    assert not resumed["error"]
    assert ["application/vnd.jupyter.widget-view+json" in shown for shown in resumed["displays"]] == [True]
    assert not live.run(f"%loomkin {answer}")["error"]
    assert ended(live)["status"] == "done"
    assert live.run("print(asked.result.text)")["text"] == "All done.\n"
    questions = live.state()["questions"]
    assert [(q["handle"], q["state"]) for q in questions.values()] == [("Q1", "answered")]
    assert [agent["family"] for agent in live.state()["agents"].values() if agent["lead"]] == ["done"]
    told = str(server.requests[-1].messages)
    assert "not run" not in told and "unknown" not in told
    signals = in_store(live.folder, all_signals)
    assert len({q.question for q in signals if isinstance(q, s.QuestionAsked)}) == 1
    finished = [f for f in signals if isinstance(f, s.ToolFinished) and f.tool == call[0]]
    assert [f.status for f in finished] == ["ok"]
    if call is WRITE:
        assert (live.folder / "made.txt").read_text() == "once\n"
        assert len(in_store(live.folder, changes.standing)) == 1
    if call is ASK:
        assert "blue" in finished[0].summary
    if call is SPAWN:
        assert [a.agent for a in signals if isinstance(a, s.AgentSpawned)] == ["lead", "coder"]


def test_the_end_of_a_resumed_run_closes_its_question_everywhere(killed: Killed) -> None:
    live, _ = killed(WRITE)
    early = live.run("%loomkin approve Q1")["error"]
    assert "nobody waits for it now" in early and "resume" in early
    assert not live.run("%loomkin resume")["error"]
    live.question()
    live.run("%loomkin stop")
    assert ended(live)["status"] == "stopped"
    live.until(lambda state: all(q["state"] == "answered" for q in state["questions"].values()))
    assert not (live.folder / "made.txt").exists()
