"""Who a workspace is: a folder that version control leaves out, and one id for all processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.store import settings as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.workspace.identity import WORKSPACE_KEY, new_workspace, prepare_folder


def test_the_folder_is_made_once_and_a_changed_ignore_file_stays(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    ignore = tmp_path / ".loomkin" / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("*.db\n")
    prepare_folder(tmp_path)
    assert ignore.read_text() == "*.db\n"


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".loomkin").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written") as failed:
        prepare_folder(tmp_path)
    assert "--project" in failed.value.remedy


async def test_the_first_process_makes_the_id_and_all_find_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "loomkin.db")
    try:
        first = await store.transact(new_workspace)
        assert first.startswith("ws")
        assert await store.transact(new_workspace) == first
        assert (await store.read(rows.load))[WORKSPACE_KEY] == first
    finally:
        await store.close()
