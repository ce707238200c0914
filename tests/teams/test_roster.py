"""Who is there: leads, specialists of a run, names that are taken and free again."""

from __future__ import annotations

from loomkin_jupyter.agents.kit import AgentSpec
from tests.agents.conftest import World


async def test_names_living_and_specialists(quick: World) -> None:
    for role in ("lead", "coder", "concierge"):
        await quick.team.seats.start(AgentSpec(role=role, run="run_1"))
    roster = quick.team.roster
    assert roster.lead == "lead"
    assert [a.name for a in roster.specialists("run_1")] == ["coder"]
    assert not roster.specialists("run_2")
    assert {"user", "coder"} <= roster.taken()
    assert [roster.is_taken(name) for name in ("user", "coder", "coder-2")] == [True, True, False]
    await quick.until(lambda: not roster.busy())
    assert await quick.team.endings.retire("run_1") == ["coder"]
    assert not roster.alive("coder")
    assert "coder" not in roster.taken()
    assert not roster.is_taken("coder")
