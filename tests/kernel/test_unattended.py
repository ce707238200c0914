# pyright: basic
"""Where nobody can answer: nbclient, nbval and papermill run cells without stdin; plain IPython has no kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order

WORK = (
    Reply(calls=[("dataframe_profile", {"name": "df"})]),
    Reply(calls=[("kernel_eval", {"code": "df.x.max()"})]),
    Reply(text="The greatest is 7."),
)
LOAD = "%load_ext loomkin_jupyter\nimport pandas as pd\ndf = pd.DataFrame({'x': [1, 7]})"


@pytest.fixture
def scripted(folder: Path, environment: dict[str, str], model: ScriptedServer, monkeypatch: Any) -> ScriptedServer:
    """The model, and its environment for processes that this test starts."""
    for name, value in {**environment, **model.environment()}.items():
        monkeypatch.setenv(name, value)
    return model


def _executed(folder: Path, *cells: str) -> Any:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return book


def test_a_run_completes_under_nbclient_and_leaves_a_static_record(scripted: ScriptedServer, folder: Path) -> None:
    scripted.script = in_order(*WORK)
    book = _executed(
        folder,
        LOAD,
        "%%loomkin --trust full --share full --name run\nWhich is the greatest?",
        "print(run.status, run.result.text)",
    )
    assert book.cells[2].outputs[0].text == "done The greatest is 7.\n"
    assert [name for name, _ in scripted.requests[-1].results] == ["dataframe_profile", "kernel_eval"]
    assert "7" in scripted.requests[-1].results[1][1]
    record = book.cells[1].outputs[-1].data
    assert "application/vnd.jupyter.widget-view+json" not in record
    assert "The greatest is 7." in record["text/html"]
    assert len(record["text/plain"].splitlines()) <= 12
    page, _ = HTMLExporter().from_notebook_node(book)
    assert "The greatest is 7." in page


def test_what_would_need_a_person_is_refused_at_once(scripted: ScriptedServer, folder: Path) -> None:
    scripted.script = in_order(*WORK[1:])
    book = _executed(folder, LOAD, "%%loomkin --trust balanced --name run\nWhich is the greatest?", "print(run.status)")
    refused = scripted.requests[-1].results[-1][1]
    assert "--trust" in refused
    assert book.cells[2].outputs[0].text.strip() in ("done", "refused")


def test_plain_ipython_gets_twelve_lines_of_text(scripted: ScriptedServer, folder: Path) -> None:
    scripted.script = in_order(*WORK)
    file = folder / "cells.ipy"
    file.write_text(
        f"{LOAD}\nget_ipython().run_cell_magic('loomkin', '--trust full --share full --name run', 'Which?')\n"
        "print('STATUS', run.status)\n%loomkin status\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", str(file)],
        cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said, _, after = done.stdout.partition("STATUS")
    assert after.startswith(" done")
    assert "The greatest is 7." in said
    assert len(said.strip().splitlines()) <= 12
    assert "<" not in said


def _terminal(folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """Run lines as ``ipython -c`` does."""
    return subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", "\n".join(lines)],
        cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_playbook_runs_in_a_terminal_and_is_told_in_twelve_lines(scripted: ScriptedServer, folder: Path) -> None:
    frame = "import pandas as pd; flights = pd.DataFrame({'x': [1, 2, None], 'y': [1, 1, 1]})"
    ask = "%loomkin ask --model loomkin/playbook --trust autonomous --name run audit @flights"
    done = _terminal(folder, "%load_ext loomkin_jupyter", frame, ask, "print('STATUS', run.status)")
    assert done.returncode == 0, done.stderr
    said, _, after = done.stdout.partition("STATUS")
    assert after.strip() == "done"
    assert "flights" in said
    assert 3 < len(said.strip().splitlines()) <= 12
    assert "Out[" not in done.stdout
    assert "{" not in said
    assert not scripted.requests, "the playbook asks no model"


def test_a_terminal_is_told_what_is_wrong_once(scripted: ScriptedServer, folder: Path) -> None:
    done = _terminal(folder, "%load_ext loomkin_jupyter", "%loomkin statsu")
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count("Did you mean status") == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_help_in_a_terminal_lists_the_options(scripted: ScriptedServer, folder: Path) -> None:
    for line in ("%loomkin?", "%%loomkin?"):
        done = _terminal(folder, "%load_ext loomkin_jupyter", f"_ = get_ipython().run_cell({line!r})")
        assert "--budget" in done.stdout, done
    assert "keepers" in _terminal(folder, "%load_ext loomkin_jupyter", "%loomkin help").stdout
    assert not scripted.requests
