"""The team as its agents know it: what they are told, when their turn has come, and what a report sets off."""

from __future__ import annotations

from loomkin_jupyter.agents.kit import AgentSpec, TurnEnd
from loomkin_jupyter.core.messages import Envelope
from tests.agents.conftest import World


async def settled(world: World, *specs: AgentSpec) -> None:
    """Seat agents and wait until they have nothing to do."""
    for spec in specs:
        await world.team.seats.start(spec)
    await world.until(lambda: not world.team.roster.busy())


async def test_the_prompt_tells_of_mates_purpose_and_rules(quick: World) -> None:
    await settled(quick, AgentSpec(role="lead"), AgentSpec(role="coder", purpose="write it", run="run_1"))
    own = quick.team.own_team
    seen = own.surroundings("coder", "run_1")
    assert (seen.team, seen.lead, seen.purpose) == ("main", "lead", "write it")
    assert [mate.name for mate in seen.teammates] == ["lead"]
    assert own.name == "main"


async def test_a_lead_orchestrates_as_soon_as_its_run_has_specialists(quick: World) -> None:
    await settled(quick, AgentSpec(role="lead", run="run_1"))
    assert not quick.team.own_team.orchestrating("lead")
    await settled(quick, AgentSpec(role="coder", run="run_1"))
    assert quick.team.own_team.orchestrating("lead")
    assert not quick.team.own_team.orchestrating("coder")
    assert not quick.team.own_team.orchestrating("nobody")


async def test_requests_are_read_one_after_the_other_and_messages_when_they_are_due(quick: World) -> None:
    own, now = quick.team.own_team, quick.kit.services.clock.now()

    def envelope(kind: str, run: str = "", due: float | None = None) -> Envelope:
        return Envelope(id="m", sender="user", to="lead", text="x", kind=kind, run=run, due=due)  # type: ignore[arg-type]

    quick.team.quiet.enter("run_1")
    assert own.may_take("lead", envelope("request", "run_1"))
    assert not own.may_take("lead", envelope("request", "run_2"))
    assert own.may_take("lead", envelope("message", "run_2"))
    assert own.may_take("lead", envelope("message", due=now - 1))
    assert not own.may_take("lead", envelope("message", due=now + 3600))


async def test_a_turn_without_a_result_is_told_to_the_lead(quick: World) -> None:
    await settled(quick, AgentSpec(role="lead"), AgentSpec(role="coder", run="run_1"))
    await quick.team.levers.pause("lead")
    await quick.until(lambda: quick.team.roster.agents["lead"].state.status == "paused")
    report = quick.team.own_team.turn_ended
    await report("coder", TurnEnd(status="answered", text="Done.", run="run_1"))
    await report("coder", TurnEnd(status="stopped", run="run_1"))
    assert not quick.team.roster.agents["lead"].inbox.waiting()
    await report("coder", TurnEnd(status="failed", reason="no model", run="run_1"))
    told = [envelope.text for envelope in quick.team.roster.agents["lead"].inbox.waiting()]
    assert told == ["coder's turn ended without a result (failed): no model"]
