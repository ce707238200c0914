# pyright: basic
"""What a page is told when it asks for the record of a run."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import SYSTEM_CLOCK
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.workspace.record import database_of


async def test_a_page_gets_the_record_of_a_run_that_was_cut_off(server: Any) -> None:
    database_of(server.folder).parent.mkdir(exist_ok=True)
    store = Store.open(database_of(server.folder), clock=SYSTEM_CLOCK, on_commit=None)
    await store.transact(lambda tx: tx.emit(s.RunStarted(run="r", request="Look", time=100.0)))
    await store.close()
    status, said = server.request("GET", "loomkin/api/record?path=notes.ipynb&run=r&save=full&kernel=gone")
    assert status == 200, said
    assert said["metadata"] == {"loomkin": {"run": "r", "save": "full"}}
    assert "Interrupted: the kernel died after 1970" in said["data"]["text/plain"]
    assert server.request("GET", "loomkin/api/record?path=notes.ipynb&run=other")[0] == 404


@pytest.mark.parametrize("query", ["", "path=../../etc/passwd", "path=%00", "run=x&kernel=../../x", "save=everything"])
def test_strange_questions_are_no_fault_of_the_server(server: Any, query: str) -> None:
    status, said = server.request("GET", f"loomkin/api/record?{query}")
    assert 400 <= status < 500
    assert said["error"]


def test_a_stranger_is_told_nothing(server: Any) -> None:
    assert server.request("GET", "loomkin/api/record?run=r", token=False)[0] == 403
