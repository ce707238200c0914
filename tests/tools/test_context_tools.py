"""Getting back what left the window."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.messages import AssistantEntry, UserEntry
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store


async def test_keepers_are_found_and_read(bench: Any) -> None:
    keeper = await bench.ctx.services.keepers.keep("bob", "the delay column has wrong units\n" * 3, "delays")
    assert keeper in (await bench.run("search_keepers", query="delay units")).text
    assert "wrong units" in (await bench.run("context_retrieve", keeper_id=keeper, mode="raw")).text
    assert "wrong units" in (await bench.run("context_retrieve", query="delay units")).text
    assert "No keeper" in (await bench.run("search_keepers", query="zebra")).text


async def test_teammates_live_histories(bench: Any) -> None:
    assert "3 duplicates" in (await bench.run("context_retrieve", agent="bob")).text
    fitting = (await bench.run("context_retrieve", agent="bob", query="duplicates")).text
    assert "3 duplicates" in fitting and "weather" not in fitting
    assert "bob" in (await bench.run("context_retrieve", agent="bobb")).text


async def test_questions_about_nothing(bench: Any) -> None:
    assert (await bench.run("context_retrieve")).status == "failed"
    assert (await bench.run("context_retrieve", keeper_id="K99")).status == "failed"
    assert (await bench.run("search_keepers", query=" ")).status == "failed"


async def test_an_agent_of_another_team_is_read_as_it_is_stored(bench: Any) -> None:
    long = "\n".join(f"line {number} of nothing" for number in range(500))
    entries = [
        UserEntry(id="u1", text=f"Measure.\n{long}\nthe tide was 17 on Monday"),
        AssistantEntry(id="a1", text="Seen."),
    ]
    store: Store = bench.ctx.services.store
    await store.transact(lambda tx: histories.append(tx, "night", "eve", entries))
    found = (await bench.run("context_retrieve", agent="night/eve", query="tide on Monday")).text
    assert "the tide was 17 on Monday" in found and "line 250 of" not in found
    assert "Seen." in (await bench.run("context_retrieve", agent="night/eve")).text
    assert (await bench.run("context_retrieve", agent="night/adam")).status == "failed"
