# pyright: basic
"""A notebook that is changed meanwhile, opened meanwhile, or edited together is not overwritten."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.server.records import WIDGET
from loomkin_jupyter.server.repair import Repairer
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.workspace.record import database_of


def _saved(folder: Path, text: str = "# Notes") -> Path:
    data = {WIDGET: {"model_id": "m"}, "text/plain": "Running"}
    output = {"output_type": "display_data", "data": data, "metadata": {"loomkin": {"run": "r"}}}
    ask = {"cell_type": "code", "id": "ask", "metadata": {}, "execution_count": 1, "outputs": [output], "source": "x"}
    notes = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": text}
    file = folder / "notes.ipynb"
    file.write_text(json.dumps({"cells": [notes, ask], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return file


async def _journal(root: Path) -> None:
    database_of(root).parent.mkdir()
    store = Store.open(database_of(root), clock=SYSTEM_CLOCK, on_commit=None)
    await store.transact(lambda tx: tx.emit(s.RunStarted(run="r", request="Look", time=100.0)))
    await store.close()


async def _repair(root: Path, free: Callable[[], bool], *, shared: bool = False) -> bool:
    repairer = Repairer(AsyncLargeFileManager(root_dir=str(root)), shared=shared, log=logging.getLogger(__name__))
    return await repairer.repair("gone", "notes.ipynb", root, runs={"r": "summary"}, end=None, free=free)


def _live(file: Path) -> bool:
    return WIDGET in file.read_text()


@pytest.fixture
async def root(tmp_path: Path) -> Path:
    await _journal(tmp_path)
    return tmp_path


async def test_a_notebook_that_nobody_has_open_is_repaired_once(root: Path) -> None:
    file = _saved(root)
    assert await _repair(root, lambda: True)
    assert not _live(file)
    assert "Interrupted" in file.read_text()
    before = file.stat().st_mtime_ns
    assert await _repair(root, lambda: True)
    assert file.stat().st_mtime_ns == before


async def test_a_notebook_that_changed_meanwhile_is_left_for_later(root: Path) -> None:
    file = _saved(root)

    class Typing(AsyncLargeFileManager):
        async def get(self, path: str, content: bool = True, **more: Any) -> Any:
            if not content:
                _saved(root, "# Notes that were typed meanwhile")
            return await super().get(path, content=content, **more)

    repairer = Repairer(Typing(root_dir=str(root)), shared=False, log=logging.getLogger(__name__))
    assert not await repairer.repair("gone", "notes.ipynb", root, runs={}, end=None, free=lambda: True)
    assert "typed meanwhile" in file.read_text()
    assert _live(file)
    assert await _repair(root, lambda: True)
    assert "typed meanwhile" in file.read_text()
    assert not _live(file)


async def test_a_page_that_opens_meanwhile_has_the_notebook(root: Path) -> None:
    file = _saved(root)
    answers = iter([True, False])
    assert not await _repair(root, lambda: next(answers))
    assert _live(file)


async def test_a_shared_document_is_left_to_those_who_share_it(root: Path) -> None:
    file = _saved(root)
    assert await _repair(root, lambda: True, shared=True)
    assert _live(file)


async def test_two_repairs_at_once_write_once(root: Path) -> None:
    file = _saved(root)
    repairer = Repairer(AsyncLargeFileManager(root_dir=str(root)), shared=False, log=logging.getLogger(__name__))
    both = [
        repairer.repair("gone", "notes.ipynb", root, runs={"r": "summary"}, end=None, free=lambda: True)
        for _ in range(2)
    ]
    assert await asyncio.gather(*both) == [True, True]
    assert not _live(file)


async def test_a_notebook_that_is_gone_or_has_no_journal_is_no_error(tmp_path: Path) -> None:
    assert await _repair(tmp_path, lambda: True)
    file = _saved(tmp_path)
    assert await _repair(tmp_path, lambda: True)
    assert _live(file)
