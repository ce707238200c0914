"""Getting back what left the window."""

from __future__ import annotations

from typing import Any


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
