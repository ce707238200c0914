"""The demo's own parts: its notebook, and the folders it refuses. What it does whole is in the scenarios."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from loomkin_jupyter.cli.demo import call_ending, notebook
from loomkin_jupyter.library.flights import DEMO_REQUEST
from tests.cli.conftest import Loomkin


def test_its_notebook_is_valid_and_asks_what_the_command_asks() -> None:
    made: dict[str, Any] = notebook()
    nbformat.validate(nbformat.from_dict(made))  # pyright: ignore
    code = ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "code"]
    assert code[0].startswith("%load_ext loomkin_jupyter\n")
    ast.parse(code[0].partition("\n")[2])
    assert code[-1].startswith("%%loomkin --model loomkin/playbook")
    assert code[-1].endswith(DEMO_REQUEST)
    assert "No key and no language model" in "".join(made["cells"][0]["source"])


def test_a_folder_with_something_in_it_is_not_taken(loomkin: Loomkin, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    code, _, said = loomkin("demo", "--keep", str(tmp_path / "kept"))
    assert code == 2
    assert "not empty" in said
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["mine.txt"]


def test_the_program_it_opens_gives_its_code(tmp_path: Path) -> None:
    assert call_ending([sys.executable, "-c", "raise SystemExit(3)"], tmp_path) == 3


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_being_told_to_end_takes_the_program_and_the_folder_along(tmp_path: Path) -> None:
    """What ``demo --lab`` opens is a sleeper here: it says its process and its folder."""
    sleeper = "import os, time; print(os.getpid(), os.getcwd(), flush=True); time.sleep(600)"
    code = (
        "import sys\nfrom loomkin_jupyter.cli import demo, main\n"
        f"demo._open_lab = lambda folder: demo.call_ending([sys.executable, '-c', {sleeper!r}], folder)\n"
        "main.main(['demo', '--lab'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as process:
        assert process.stdout is not None
        pid, _, folder = process.stdout.readline().strip().partition(" ")
        opened = psutil.Process(int(pid))
        assert Path(folder).is_dir() and Path(folder).parent == tmp_path.resolve()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    assert not opened.is_running()
    assert not Path(folder).exists()
