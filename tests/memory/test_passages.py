"""Splitting and packing lose nothing; the index finds words but never breaks on signs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.memory.passages import PASSAGE, pack, search, split, unpack
from loomkin_jupyter.store.store import Store


@given(st.text(st.characters(), max_size=200), st.integers(1, 120))
def test_passages_joined_are_the_text(text: str, times: int) -> None:
    whole = f"{text}\n" * times
    parts = list(split(whole))
    assert "".join(parts) == whole
    assert all(0 < len(part) <= PASSAGE for part in parts)
    assert unpack(pack(whole)) == whole


async def test_passages_can_be_limited_to_an_agent_or_a_keeper(store: Store) -> None:
    keepers = Keepers(store)
    await keepers.keep("one", "shared word apple", "a")
    await keepers.keep("two", "shared word banana", "b")
    found = await store.read(lambda conn: search(conn, "shared", 5, agent="two"))
    assert [passage.keeper for passage in found] == ["K2"]
    found = await store.read(lambda conn: search(conn, "shared", 5, keeper="K1"))
    assert [passage.text for passage in found] == ["shared word apple"]


async def test_nothing_is_found_before_anything_is_kept(store: Store) -> None:
    assert await store.read(lambda conn: search(conn, "anything", 5)) == []
