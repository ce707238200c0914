"""The map, definitions and uses as an agent sees them: current, confined, and clear about what is not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    (root / "src").mkdir()
    (root / "src" / "fleet.py").write_text(
        "from tables import read\n\nclass Fleet:\n    def load(self):\n        return read('planes')\n"
        "\nclass Crew:\n    def load(self):\n        return read('crew')\n"
    )
    (root / "src" / "tables.py").write_text("def read(name):\n    return name\n")
    cell = {"cell_type": "code", "source": "x = 1\nread('weather')", "outputs": [{"text": "canary"}]}
    (root / "look.ipynb").write_text(json.dumps({"cells": [cell]}))
    (root / "out").mkdir()
    (root / ".gitignore").write_text("out/\n")
    (root / "out" / "gen.py").write_text("def read(generated): pass\n")
    (root / ".env").write_text("read = 'canary'\n")
    outside = tmp_path / "outside.py"
    outside.write_text("def read(outside): pass\n")
    (root / "link.py").symlink_to(outside)
    return root


async def test_the_map_shows_what_matters_first(bench: Any, tree: Path) -> None:
    text = (await bench.run("repo_map", task="Why does Crew.load fail?")).text
    assert text.startswith("src/fleet.py:")
    assert "class Crew:" in text and "def read(name):" in text and "look.ipynb" in text
    assert "generated" not in text and "outside" not in text and "canary" not in text
    assert "3 of 3 source files" in text
    near = (await bench.run("repo_map", files=["src/tables.py"])).text
    assert near.startswith("src/tables.py:")


async def test_the_map_follows_the_files(bench: Any, tree: Path) -> None:
    await bench.run("repo_map")
    (tree / "src" / "new_module.py").write_text("def brand_new():\n    pass\n")
    (tree / "look.ipynb").unlink()
    text = (await bench.run("repo_map")).text
    assert "brand_new" in text and "look.ipynb" not in text


async def test_bad_arguments_of_the_map(bench: Any, tree: Path) -> None:
    assert "src/tables.py" in (await bench.run("repo_map", files=["src/table.py"])).text
    assert (await bench.run("repo_map", files=["../outside.py"])).status in ("refused", "failed")
    assert "budget" in (await bench.run("repo_map", budget=1)).text


async def test_a_project_without_source_says_so(bench: Any) -> None:
    assert "no source files" in (await bench.run("repo_map")).text


async def test_symbols(bench: Any, tree: Path) -> None:
    assert (
        await bench.run("symbol_find", name="read")
    ).text == "src/tables.py:1 function read, 2 lines: def read(name):"
    both = (await bench.run("symbol_find", name="load")).text
    assert "src/fleet.py:4" in both and "src/fleet.py:8" in both
    assert (await bench.run("symbol_find", name="Crew.load")).text.startswith("src/fleet.py:8 ")
    assert "look.ipynb cell 1:1 variable x" in (await bench.run("symbol_find", name="x")).text


async def test_a_symbol_that_is_not_there(bench: Any, tree: Path) -> None:
    missing = await bench.run("symbol_find", name="Fleed")
    assert missing.status == "failed" and "Did you mean Fleet" in missing.text
    assert "in src/tables.py" in (await bench.run("symbol_find", name="Fleet", path="src/tables.py")).text
    assert "does not exist" in (await bench.run("symbol_find", name="Fleet", path="scr")).text


async def test_uses(bench: Any, tree: Path) -> None:
    text = (await bench.run("references_find", name="read")).text
    assert text.splitlines()[0] == "Used in 4 places, 2 files:"
    assert "src/fleet.py:5 return read('planes')" in text and "look.ipynb cell 1:2 read('weather')" in text
    assert "def read" not in text and "canary" not in text
    only = (await bench.run("references_find", name="read", path="look.ipynb")).text
    assert only.startswith("Used in 1 places")
    assert "Nothing uses 'Fleet'." in (await bench.run("references_find", name="Fleet")).text
    assert "Did you mean read" in (await bench.run("references_find", name="raed")).text
