# pyright: basic
"""The two functions in a real kernel: asked by a magic, approved on the control channel, while the user's cell runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.kernel.conftest import LiveKernel
from tests.scenarios import two_functions as two
from tests.scenarios.conftest import LONG, isolated, project_with


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[LiveKernel]:
    """An attended kernel in the project of the scenario, with the extension loaded."""
    root = project_with(tmp_path, two.FILES)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    with ScriptedServer(two.script) as server:
        own = {"JUPYTER_RUNTIME_DIR": str(runtime), "IPYTHONDIR": str(tmp_path / "ipython")}
        live = LiveKernel(root, {**isolated(root, server), **own})
        try:
            assert not live.run("%load_ext loomkin_jupyter")["error"]
            yield live
        finally:
            live.close()


def approve_until_the_end(kernel: LiveKernel) -> list[str]:
    """Say yes on the control channel to whatever is asked until nothing runs; return the kinds of the questions."""
    kinds: list[str] = []
    until = time.monotonic() + 2 * LONG
    pause = threading.Event()
    while time.monotonic() < until:
        for question in kernel.control({"do": "questions"})["questions"]:
            kinds.append(question["kind"])
            choice = "allow_once" if question["kind"] == "spawn" else "allow_run"
            kernel.control({"do": "answer", "question": question["handle"], "choice": choice})
        if not kernel.control({"do": "statistics"})["statistics"]["runs"]["running"]:
            return kinds
        pause.wait(0.1)
    raise TimeoutError(f"the run did not end; asked: {kinds}")


def test_J11_a_team_works_and_is_approved_while_the_users_cell_blocks(kernel: LiveKernel) -> None:
    assert not kernel.run("import pathlib, time; turns = 0")["error"]
    asked = kernel.run(f"%%loomkin --model {two.MODEL} --name run\n{two.REQUEST}")
    assert not asked["error"], asked
    cell = kernel.send("while not pathlib.Path('go').exists():\n    turns += 1; time.sleep(0.05)\nprint(turns > 0)")
    kinds = approve_until_the_end(kernel)
    assert kinds[0] == "spawn" and "permission" in kinds
    assert (kernel.folder / "shapes.py").read_text() == two.FINISHED
    (kernel.folder / "go").write_text("")
    assert kernel.finish(cell)["text"] == "True\n"
    assert kernel.run("print(run.status, run.result.text)")["text"] == f"done {two.ANSWER}\n"
