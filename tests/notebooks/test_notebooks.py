"""Every notebook that ships runs from top to bottom without a key, in a kernel, with nbval (rows J4, J8, L6)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 200_000


def without_keys(home: Path) -> dict[str, str]:
    """Return an environment that has no key and nobody's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL", "_API_BASE"))}
    return {
        **kept,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
    }


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_J8_the_notebook_runs_without_a_key(notebook: Path, tmp_path: Path) -> None:
    copy = tmp_path / notebook.name
    copy.write_bytes(notebook.read_bytes())
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=200", "-q", "-p", "no:cacheprovider"]  # fmt: skip
    done = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", str(tmp_path), str(copy)],
        cwd=tmp_path,
        env=without_keys(tmp_path),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_J4_the_file_is_small_and_carries_no_stale_output(notebook: Path) -> None:
    book = json.loads(notebook.read_text(encoding="utf-8"))
    assert notebook.stat().st_size < MOST_BYTES
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in book["cells"])
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS][:2] == ["00_quickstart", "01_your_own_tool"]
