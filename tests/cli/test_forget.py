"""Forget: only after a word, never under a live team."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import psutil
import pytest

from loomkin_jupyter.cli.forget import size_text
from loomkin_jupyter.workspace.door import LiveRuntime
from tests.cli.conftest import Loomkin


def test_the_record_goes_and_files_stay(loomkin: Loomkin, project: Path):
    (project / ".loomkin").mkdir()
    (project / ".loomkin/loomkin.db").write_text("x")
    assert loomkin("forget")[0] == 2
    assert (project / ".loomkin").exists()
    code, out, _ = loomkin("forget", "--yes")
    assert code == 0
    assert "is deleted" in out
    assert [entry.name for entry in project.iterdir()] == ["LOOMKIN.md"]
    assert "no record" in loomkin("forget", "--yes")[1]


def test_not_while_a_process_has_it_open(loomkin: Loomkin, project: Path):
    live = project / ".loomkin/live"
    live.mkdir(parents=True)
    record = LiveRuntime(os.getpid(), psutil.Process().create_time(), "/nowhere.sock")
    (live / "1.json").write_bytes(msgspec.json.encode(record))
    code, _, err = loomkin("forget", "--yes")
    assert code == 1
    assert str(os.getpid()) in err
    assert live.exists()


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000_000, "2.5 GB")])
def test_sizes_as_people_read_them(size: int, text: str):
    assert size_text(size) == text
