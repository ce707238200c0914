"""The files of the notebooks that ship; that they run without a key is ``scenarios/test_notebooks.py``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 200_000


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_J4_the_file_is_small_and_carries_no_stale_output(notebook: Path) -> None:
    book = json.loads(notebook.read_text(encoding="utf-8"))
    assert notebook.stat().st_size < MOST_BYTES
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in book["cells"])
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
