"""Opening a database: places, stamps, and two processes at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.store.database import place_of
from loomkin_jupyter.store.store import Store


@pytest.mark.parametrize(("given", "path"), [("a/b.db", "a/b.db"), ("sqlite:////tmp/x.db", "/tmp/x.db")])
def test_a_path_or_url_names_a_file(given: str, path: str) -> None:
    assert place_of(given) == Path(path)


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/x", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_file_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        place_of(url)
    assert "secret" not in str(caught.value)


async def test_several_may_make_the_same_database_at_once(tmp_path: Path) -> None:
    stores = [Store.open(tmp_path / "new" / "s.db") for _ in range(4)]
    await asyncio.gather(*(store.ready() for store in stores))
    assert sorted(store.epoch for store in stores) == [1, 2, 3, 4]
    for store in stores:
        await store.close()
