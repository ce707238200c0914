"""A database of an older schema opens with everything in it; an upgrade that fails leaves it as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
import zstandard

from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.base import SCHEMA
from loomkin_jupyter.store.upgrades import UPGRADES

_TEXTS = {"K1": ["the first passage about snow\n", "the second about ice and \ud800\n"], "K2": ["flights"], "K3": [""]}


async def _version_1(path: Path) -> None:
    """Make a database as version 1 wrote it: a chunk for each passage, an index with places."""
    store = Store.open(path)
    await store.ready()
    await store.close()
    with sqlite3.connect(path) as conn:
        conn.execute("DELETE FROM schema_version")
        conn.execute("INSERT INTO schema_version VALUES (1, 'loomkin-jupyter', 0)")
        conn.execute(
            "CREATE VIRTUAL TABLE keeper_index USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"
        )
        conn.execute("CREATE VIRTUAL TABLE keeper_words USING fts5vocab('keeper_index', 'row')")
        position = 0
        for handle, passages in _TEXTS.items():
            head = (
                f"keep_{handle}",
                handle,
                "",
                "ada",
                "",
                f"topic of {handle}",
                "history",
                0,
                0,
                0,
                "[]",
                0.0,
                None,
                0,
            )
            conn.execute(f"INSERT INTO keepers VALUES ({', '.join('?' * len(head))})", head)
            for place, passage in enumerate(passages):
                position += 1
                data = zstandard.ZstdCompressor().compress(passage.encode("utf-8", "surrogatepass"))
                conn.execute("INSERT INTO keeper_chunks VALUES (?, ?, ?, ?)", (position, f"keep_{handle}", place, data))
                text = passage.encode("utf-8", "replace").decode()
                conn.execute("INSERT INTO keeper_index(rowid, text) VALUES (?, ?)", (position, text))
        conn.execute("INSERT INTO handles VALUES ('K', 3)")
    conn.close()


async def test_keepers_of_version_1_are_found_and_read(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    await _version_1(path)
    store = Store.open(path)
    keepers = Keepers(store)
    assert {handle: await keepers.load(handle) for handle in _TEXTS} == {h: "".join(p) for h, p in _TEXTS.items()}
    assert [(p.keeper, p.place, p.text) for p in await keepers.search("ice")] == [("K1", 1, _TEXTS["K1"][1])]
    assert {p.keeper for p in await keepers.search("topic")} == {"K1", "K2", "K3"}
    assert await keepers.keep("ada", "newer words about snow", "new") == "K4"
    assert {p.keeper for p in await keepers.search("snow")} == {"K1", "K4"}
    versions = await store.read(
        lambda conn: conn.execute(sa.text("SELECT version FROM schema_version")).scalars().all()
    )
    assert sorted(versions) == list(range(1, SCHEMA + 1))
    tables = await store.read(lambda conn: sa.inspect(conn).get_table_names())
    assert not [name for name in tables if name.startswith(("keeper_index", "keeper_words"))]
    await store.close()


async def test_a_damaged_chunk_does_not_keep_the_rest_shut(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    await _version_1(path)
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE keeper_chunks SET data = x'00' WHERE position = 2")
    conn.close()
    store = Store.open(path)
    assert [p.keeper for p in await Keepers(store).search("flights")] == ["K2"]
    with pytest.raises(zstandard.ZstdError):
        await Keepers(store).load("K1")
    await store.close()


async def test_a_failed_upgrade_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    await _version_1(path)

    def fail(conn: sa.Connection) -> None:
        conn.exec_driver_sql("DROP TABLE keeper_index")
        raise StoreError("No space left.")

    monkeypatch.setitem(UPGRADES, 2, fail)
    store = Store.open(path)
    with pytest.raises(StoreError):
        await store.ready()
    await store.close()
    with sqlite3.connect(path) as conn:
        assert conn.execute("SELECT max(version) FROM schema_version").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM keeper_index WHERE keeper_index MATCH 'snow'").fetchone() == (1,)
    conn.close()


def test_there_is_a_step_to_every_version() -> None:
    assert sorted(UPGRADES) == list(range(2, SCHEMA + 1))
