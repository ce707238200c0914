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
    chunks = list(split(whole, 4 * PASSAGE))
    assert "".join(chunks) == whole
    assert all(len(list(split(chunk))) <= 16 for chunk in chunks)


async def test_a_long_text_of_odd_signs_comes_back_and_each_part_is_found(store: Store) -> None:
    keepers = Keepers(store)
    marks = [f"mark{number}" for number in range(60)]
    text = "".join(f"{mark} \ud800 \x00 日本 é\r\n" + "filler " * 400 + "\n" for mark in marks)
    handle = await keepers.keep("one", text, "odd")
    assert await keepers.load(handle) == text
    places: list[int] = []
    for mark in marks:
        (found,) = await store.read(lambda conn, mark=mark: search(conn, mark, 5))
        assert mark in found.text and found.text in text
        places.append(found.place)
    assert places == sorted(places) and places[0] == 0 and places[-1] > 20


async def test_what_is_said_often_and_what_is_rare_counts_more(store: Store) -> None:
    keepers = Keepers(store)
    for number in range(30):
        await keepers.keep("one", f"snow and other words {number}", "weather")
    await keepers.keep("one", "snow snow snow and volcano", "weather")
    await keepers.keep("one", "snow again", "weather")
    found = await store.read(lambda conn: search(conn, "snow", 40))
    assert (found[0].keeper, len(found)) == ("K31", 32)
    assert [passage.score for passage in found] == sorted(passage.score for passage in found)
    found = await store.read(lambda conn: search(conn, "the volcano under other snow", 3))
    assert found[0].keeper == "K31"


async def test_words_are_found_in_the_topic_and_under_other_accents(store: Store) -> None:
    keepers = Keepers(store)
    await keepers.keep("one", "nothing of it here", "Flüge nach Århus")
    for query in ("fluge", "ÅRHUS", "arhus"):
        found = await store.read(lambda conn, query=query: search(conn, query, 5))
        assert [passage.keeper for passage in found] == ["K1"] and found[0].score < 0


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
