"""Notebooks as people and machines read them: run by nbval, shown by GitHub, nbviewer and on paper."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def nbval(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a folder's notebooks with nbval, without anybody's keys or settings."""
    home = folder.parent / "home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL", "_API_BASE"))}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    own = {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "JUPYTER_RUNTIME_DIR": str(home / "run"),
           "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONPATH": path}  # fmt: skip
    command = [sys.executable, "-m", "pytest", *options, "--nbval-current-env", "--nbval-cell-timeout=200", "-q"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder), *sorted(map(str, folder.glob("*.ipynb")))],
        cwd=folder, env={**kept, **own}, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS][:2] == ["00_quickstart", "01_your_own_tool"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_J8_a_notebook_that_ships_runs_without_a_key(notebook: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / notebook.name).write_bytes(notebook.read_bytes())
    done = nbval(folder, "--nbval-lax")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


def test_J8_the_outputs_of_a_notebook_with_a_team_are_compared_strictly(tmp_path: Path) -> None:
    text = "%%loomkin --model loomkin/playbook --trust autonomous --wait --name run\nAudit the data frame df"
    cells = [
        ("%load_ext loomkin_jupyter\nimport pandas as pd\ndf = pd.DataFrame({'x': [1, 2, 2, None], 'y': [1, 2, 2, 9]})", False),
        (text, False),
        ("print(run.status, len(run.result.text) > 40)", True),
    ]  # fmt: skip

    folder = tmp_path / "project"
    folder.mkdir()
    for name, answer in (("right", "done True\n"), ("wrong", "failed True\n")):
        made: list[Any] = []
        for number, (source, output) in enumerate(cells, start=1):
            outputs = [nbformat.v4.new_output("stream", name="stdout", text=answer)] if output else []  # pyright: ignore
            cell: Any = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=number)  # pyright: ignore
            cell.metadata["tags"] = [] if output else ["nbval-ignore-output"]
            made.append(cell)
        book: Any = nbformat.v4.new_notebook(cells=made)  # pyright: ignore
        book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
        nbformat.write(book, folder / f"{name}.ipynb")  # pyright: ignore
    done = nbval(folder, "--nbval")
    assert "1 failed, 5 passed" in done.stdout, done.stdout[-6000:]
    assert "FAILED wrong.ipynb::Cell 2" in done.stdout, "a wrong output was not noticed"
