"""Keepers hold texts word for word, are found by their words, and are read page by page."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.core.messages import UserEntry
from loomkin_jupyter.core.signals import ContextRetrieved, KeeperCreated, Signal
from loomkin_jupyter.memory.keepers import Keepers, page
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store


async def test_a_text_comes_back_as_it_was(store: Store, heard: list[Signal]) -> None:
    keepers = Keepers(store)
    text = "première ligne\n" + "x" * 10_000 + "\nlone \ud800 surrogate\n日本語\n"
    handle = await keepers.keep("analyst", text, "odd text", team="main", run="run_1")
    assert handle == "K1"
    assert await keepers.load("k1") == text
    created = heard[-1]
    assert isinstance(created, KeeperCreated)
    assert (created.keeper, created.topic, created.origin, created.agent) == ("K1", "odd text", "result", "analyst")
    assert await keepers.load(await keepers.keep("analyst", "", "nothing")) == ""


async def test_words_find_the_passage_whatever_their_case_and_accents(store: Store) -> None:
    keepers = Keepers(store)
    for number in range(30):
        await keepers.keep("analyst", f"ordinary words about flights and delays, part {number}", f"notes {number}")
    await keepers.keep("tester", "the tail numbers of Größe AA are fleet numbers", "tail numbers")
    found = await keepers.search(
        "Which of the TAIL numbers about flights are FLEET numbers in grösse?".replace("ö", "ö")
    )
    assert found[0].keeper == "K31"
    assert [passage.agent for passage in await keepers.search("flights", 50, agent="tester")] == []
    assert await keepers.search("zebra") == []
    assert await keepers.search('"); DROP TABLE keepers; -- *') == []


async def test_retrieval_by_query_names_its_keepers_and_counts(store: Store, heard: list[Signal]) -> None:
    keepers = Keepers(store)
    await keepers.keep("analyst", "delays grow with snow", "snow")
    text = await keepers.retrieve(query="snow", reader="lead")
    assert text.startswith("[K1, analyst: snow; part 1]\ndelays grow with snow")
    assert isinstance(heard[-1], ContextRetrieved)
    assert heard[-1].keepers == ["K1"]
    assert [head.accesses for head in await keepers.list()] == [1]
    assert (await keepers.retrieve(query="volcano")).startswith("No match: no keeper has a word of 'volcano'.")


async def test_a_keeper_is_read_page_by_page(store: Store) -> None:
    keepers = Keepers(store)
    text = "".join(f"line {number}\n" for number in range(3_000))
    await keepers.keep("analyst", text, "lines")
    read, offset = "", 0
    while offset < len(text):
        part = await keepers.retrieve(keeper="K1", offset=offset, budget_tokens=1_000)
        head, _, body = part.partition("]\n")
        read += body
        offset += len(body)
        assert f"of {len(text)}" in head
    assert read == text


async def test_an_agents_history_is_read_in_one_order(store: Store) -> None:
    entries = [UserEntry(id="1", text="first"), UserEntry(id="2", text="second")]
    await store.transact(lambda tx: histories.append(tx, "main", "analyst", entries))
    text = await Keepers(store).retrieve(agent="analyst", team="main")
    assert text.index("first") < text.index("second")
    with pytest.raises(ToolRetry, match="Nobody named 'ghost'"):
        await Keepers(store).retrieve(agent="ghost", team="main")


async def test_smart_mode_asks_a_model_or_says_that_there_is_none(store: Store) -> None:
    asked: list[str] = []

    async def answer(prompt: str) -> str:
        asked.append(prompt)
        return "because of snow [K1]"

    await Keepers(store).keep("analyst", "delays grow with snow", "snow")
    assert await Keepers(store, answer).retrieve(query="why snow?", mode="smart") == "because of snow [K1]"
    assert "delays grow with snow" in asked[0]
    assert (await Keepers(store).retrieve(query="snow", mode="smart")).startswith("(smart mode needs a model")


async def test_what_a_model_gets_wrong_is_explained(store: Store) -> None:
    keepers = Keepers(store)
    await keepers.keep("a", "text", "t")
    with pytest.raises(ToolRetry, match=r"no keeper 'K9'.*K1"):
        await keepers.retrieve(keeper="K9")
    with pytest.raises(ToolRetry, match="mode is 'clever'"):
        await keepers.retrieve(query="x", mode="clever")
    with pytest.raises(ToolRetry, match="Say what to look for"):
        await keepers.retrieve()


def test_a_page_beyond_the_end_is_empty() -> None:
    assert page("K1", "abc", 99, 100).startswith("[K1: characters 3–3 of 3; that is all]")
