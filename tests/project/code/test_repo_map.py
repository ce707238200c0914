"""The map fits its budget, shows the lines that define, and follows the files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from loomkin_jupyter.project.code.index import CodeIndex
from loomkin_jupyter.project.code.repo_map import RepoMap


def mapped(root: Path) -> RepoMap:
    listing = lambda: [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]  # noqa: E731
    index = CodeIndex(root, listing)
    index.refresh()
    return RepoMap(index)


def test_it_shows_where_and_how_things_are_defined(tmp_path: Path) -> None:
    (tmp_path / "fleet.py").write_text("import x\n\n@cached\ndef load_planes(path):\n    return path\n")
    (tmp_path / "main.py").write_text("from fleet import load_planes\nload_planes('a')\n")
    cell = {"cell_type": "code", "source": "%pip list\ndef tidy(frame):\n    return load_planes(frame)"}
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell]}))
    made = mapped(tmp_path).make("load_planes")
    assert made.text.startswith("fleet.py:\n    3 def load_planes(path):\n")
    assert "a.ipynb:\ncell 1, 2 def tidy(frame):\n" in made.text
    assert (made.shown, made.files) == (3, 3)


@pytest.mark.parametrize("budget", [0, 1, 40, 200, 2_048])
def test_it_fits_its_budget(tmp_path: Path, budget: int) -> None:
    for number in range(60):
        (tmp_path / f"module_{number}.py").write_text(
            "".join(f"def function_{number}_{k}(a, b):\n    return function_{number + 1}_{k}(a)\n" for k in range(5))
        )
    made = mapped(tmp_path).make("", budget=budget)
    assert made.tokens <= budget and made.files == 60
    assert made.shown == (60 if budget >= 2_048 else made.shown)
    assert "Also:" in made.text or budget < 40


def test_an_empty_project_has_an_empty_map(tmp_path: Path) -> None:
    assert mapped(tmp_path).make("anything").text == ""


def test_it_follows_the_index(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def first(): pass\n")
    repo = mapped(tmp_path)
    assert "first" in repo.make().text
    (tmp_path / "a.py").write_text("def second(): pass\n")
    os.utime(tmp_path / "a.py", (1, 1))
    repo.index.refresh()
    assert "second" in repo.make().text
