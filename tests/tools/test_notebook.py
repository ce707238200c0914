"""Reading a notebook file, and proposals that change nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.ports import Answer
from loomkin_jupyter.core.signals import CellProposed


@pytest.fixture
def book(bench: Any, root: Path) -> Path:
    output = {"output_type": "stream", "text": ["canary one\n"]}
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'canary'"}
    cells = [
        {"id": "aa", "cell_type": "markdown", "source": ["# Title"]},
        {"id": "bb", "cell_type": "code", "source": "x = 1", "outputs": [output]},
        {"id": "cc", "cell_type": "code", "source": "y", "outputs": [error]},
    ]
    file = root / "n.ipynb"
    file.write_text(json.dumps({"nbformat": 4, "cells": cells}))
    bench.notebook.path = "n.ipynb"
    return file


async def test_cells_are_read_and_outputs_released(bench: Any, book: Path) -> None:
    bench.person.answer = Answer(choice="deny", by="nobody")
    held = await bench.run("notebook_read")
    assert (
        "# Title" in held.text and "cell_id=bb" in held.text and "KeyError" in held.text and "canary" not in held.text
    )
    assert "canary one" in (await bench.run("notebook_read", bench.share("sample"), path="n.ipynb")).text


async def test_what_is_no_notebook(bench: Any, book: Path, root: Path) -> None:
    (root / "bad.ipynb").write_text("{")
    (root / "a.py").write_text("")
    for path in ("bad.ipynb", "a.py", "missing.ipynb", "../x.ipynb"):
        assert (await bench.run("notebook_read", path=path)).status in ("failed", "refused")


async def test_a_proposal_is_a_signal_and_changes_nothing(bench: Any, book: Path) -> None:
    before = book.read_bytes()
    result = await bench.run("cell_propose", action="replace", cell_id="bb", source="x = 2", reason="better")
    assert result.text.startswith("id: ") and book.read_bytes() == before
    (signal,) = bench.signals(CellProposed)
    assert (signal.action, signal.cell, signal.before, signal.source) == ("replace", "bb", "x = 1", "x = 2")
    assert signal.call == "call_1" and bench.notebook.proposals[0]["source"] == "x = 2"
    assert (await bench.run("cell_propose", action="insert", source="z")).status == "ok"


@pytest.mark.parametrize(
    "arguments",
    [
        {"action": "replace", "cell_id": "bbb", "source": "x"},
        {"action": "replace", "position": 9, "source": "x"},
        {"action": "replace", "source": "x"},
        {"action": "insert"},
        {"action": "explode"},
    ],
)
async def test_wrong_proposals_say_what_is_valid(bench: Any, book: Path, arguments: Any) -> None:
    assert (await bench.run("cell_propose", **arguments)).status == "failed"
