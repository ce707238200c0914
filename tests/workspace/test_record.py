"""Reading a project's record: nothing there, something there, something damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.signals import LogWritten
from loomkin_jupyter.store import settings
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.workspace.record import database_of, read_kept, read_signals


async def filled(root: Path) -> None:
    """Make a record with one signal, one setting and a lease."""
    database_of(root).parent.mkdir()
    store = Store.open(database_of(root))
    await store.take_lease("main", "a test")
    await store.transact(lambda tx: (tx.emit(LogWritten(text="hello")), settings.put(tx, "agents.most", 7)))
    await store.close()


def test_without_a_record_there_is_a_remedy_and_nothing_is_made(tmp_path: Path):
    with pytest.raises(LoomkinError, match="no Loomkin record") as failed:
        read_signals(tmp_path)
    assert failed.value.remedy
    assert read_kept(tmp_path).problem == ""
    assert list(tmp_path.iterdir()) == []


def test_signals_settings_and_holders_are_read(tmp_path: Path):
    import asyncio

    asyncio.run(filled(tmp_path))
    assert [x.text for x in read_signals(tmp_path) if isinstance(x, LogWritten)] == ["hello"]
    assert read_kept(tmp_path).settings == {"agents.most": 7}


def test_a_damaged_database_is_a_sentence(tmp_path: Path):
    database_of(tmp_path).parent.mkdir()
    database_of(tmp_path).write_bytes(b"no database at all" * 100)
    kept = read_kept(tmp_path)
    assert "cannot be read" in kept.problem
    assert "loomkin forget" in kept.problem
    with pytest.raises(LoomkinError):
        read_signals(tmp_path)
