"""The demo's own parts: its notebook, and the folders it refuses. What it does whole is in the scenarios."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat

from loomkin_jupyter.cli.demo import notebook
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
