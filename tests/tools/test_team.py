"""Spawning, assigning, progress."""

from __future__ import annotations

from typing import Any


async def test_spawning_takes_roles_as_objects_or_names(bench: Any) -> None:
    result = await bench.run(
        "team_spawn", team_name="t", purpose="p", roles=[{"role": "analyst", "name": "ana"}, "coder"]
    )
    assert result.data == ["ana", "coder"] and [s.role for s in bench.spawning.asked] == ["analyst", "coder"]
    for roles in ([], [{"rolle": "x"}], 3):
        assert (await bench.run("team_spawn", team_name="t", purpose="p", roles=roles)).status == "failed"


async def test_assigning_and_progress(bench: Any) -> None:
    result = await bench.run("team_assign", title="look", description="d", agent_name="bob")
    assert result.text.startswith("id: T1\n") and bench.plans.tasks["T1"].owner == "bob"
    assert (await bench.run("team_progress")).text == "ada works on T1"
    assert (await bench.run("team_assign", title=" ", description="d", agent_name="bob")).status == "failed"
