"""Runs of an earlier process wait for their decision; the first one holds."""

from __future__ import annotations

import asyncio

from loomkin_jupyter.teams.carried import CarriedRuns


async def test_a_found_run_waits_until_it_is_decided() -> None:
    runs = CarriedRuns()
    runs.found("run_1")
    assert runs.undecided("run_1")
    waiting = asyncio.ensure_future(runs.goes_on("run_1"))
    runs.decide("run_1", True)
    runs.decide("run_1", False)
    assert await asyncio.wait_for(waiting, 30)
    runs.over("run_1")
    assert "run_1" not in runs
    assert not await runs.goes_on("run_1")
    assert await runs.goes_on("")
