# pyright: basic
"""Reading a project's store with no kernel alive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.signals import RunStarted, TaskCreated
from loomkin_jupyter.server.reading import project_of, read_state
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.workspace.record import database_of


def test_without_a_store_the_way_is_told(server: Any) -> None:
    status, said = server.request("GET", "loomkin/api/state")
    assert status == 400
    assert "%%loomkin" in said["remedy"]


async def test_the_journal_is_read_without_changing_it(tmp_path: Path) -> None:
    (tmp_path / ".loomkin").mkdir()
    store = Store.open(database_of(tmp_path), clock=SYSTEM_CLOCK)
    await store.ready()

    def work(tx: Any) -> None:
        tx.emit(RunStarted(run="r", request="Audit"))
        tx.emit(TaskCreated(run="r", task="T1", title="Look"))

    await store.transact(work)
    await store.close()
    state = read_state(tmp_path)
    assert state["tasks"]["T1"]["title"] == "Look"
    assert state["run"] == "r"


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    file = Path(str(database_of(tmp_path)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(LoomkinError, match="cannot be read"):
        read_state(tmp_path)


def test_only_paths_inside_the_servers_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert project_of(str(tmp_path), "a") == tmp_path / "a"
    for wrong in ("../x", "\0"):
        with pytest.raises(UsageError):
            project_of(str(tmp_path), wrong)
