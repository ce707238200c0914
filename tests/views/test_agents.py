"""The roster: agents of two teams, streaming, restarts."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.views.projection import Projection


def at(signal: type[s.Signal], /, **fields: Any) -> s.Signal:
    values: dict[str, Any] = {"run": "r", "team": "t1", "time": 1.0, "agent": "coder", **fields}
    return signal(**values)


def test_the_same_name_in_two_living_teams_stays_apart() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="coder"))
    projection.apply(at(s.AgentSpawned, role="coder", team="t2"))
    assert set(projection.state["agents"]) == {"coder", "coder (t2)"}


def test_a_later_team_takes_over_the_name_of_the_stopped() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="coder"))
    projection.apply(at(s.AgentStatusChanged, status="stopped", was="idle"))
    projection.apply(at(s.AgentSpawned, role="coder", team="t2"))
    assert projection.state["agents"]["coder"]["team"] == "t2"


def test_a_stream_starts_anew_with_each_call_and_reasoning_stays_out() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="coder"))
    projection.apply(at(s.TextStreamed, call="1", text="Hel"))
    projection.apply(at(s.TextStreamed, call="1", text="lo"))
    projection.apply(at(s.TextStreamed, call="1", text="hm", reasoning=True))
    assert projection.state["agents"]["coder"]["text"] == "Hello"
    projection.apply(at(s.TextStreamed, call="2", text="New"))
    assert projection.state["agents"]["coder"]["text"] == "New"
    projection.apply(at(s.AnswerReceived, call="2", text="New answer"))
    assert projection.state["agents"]["coder"]["text"] == "New answer"


def test_many_streams_share_one_allowance() -> None:
    projection = Projection()
    for number in range(100):
        projection.apply(at(s.TextStreamed, agent=f"a{number}", call=str(number), text="x" * 10_000))
    for number in range(100):
        projection.apply(at(s.TextStreamed, agent=f"a{number}", call=str(number), text="x"))
    assert sum(len(agent["text"]) for agent in projection.state["agents"].values()) <= 45_000


def test_restarts_failures_and_offloading_show() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="coder"))
    projection.apply(at(s.AgentRestarted, error="boom", restarts=2))
    projection.apply(at(s.ContextOffloaded, keeper="K1", before_tokens=80, after_tokens=40, window=100))
    projection.apply(at(s.AgentStatusChanged, status="failed", was="working", reason="three restarts"))
    agent = projection.state["agents"]["coder"]
    assert (agent["restarts"], agent["context_fill"], agent["family"]) == (2, 0.4, "failed")
    assert "three restarts" in agent["detail"]
    kinds = [line["kind"] for line in projection.state["feed"].values()]
    assert kinds.count("problem") == 2


def run_of(projection: Projection, run: str, model: str, tokens: int, status: str = "done") -> None:
    """Let one run of the lead pass by, whose last status comes after the run's end."""
    scope = {"run": run, "agent": "lead"}
    projection.apply(at(s.RunStarted, request="Do it.", run=run, agent="", model=model))
    projection.apply(at(s.AgentStatusChanged, status="working", was="idle", **scope))
    projection.apply(at(s.RequestSent, call=run, model=model, bytes=10, **scope))
    projection.apply(at(s.CallMetered, call=run, model=model, usage=Usage(input=tokens), cost_nano=tokens, **scope))
    projection.apply(at(s.RunFinished, status=status, run=run, agent=""))
    projection.apply(at(s.AgentStatusChanged, status="idle", was="working", **scope))


def test_a_run_tells_its_own_agents_tokens_and_models_and_the_roster_tells_totals() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="lead", agent="lead", lead=True, model="old", run="r1"))
    projection.apply(at(s.AgentSpawned, role="coder", run="r1"))
    run_of(projection, "r1", "old", 100)
    run_of(projection, "r2", "new", 7)
    first, second = (projection.state["runs"][run]["agents"] for run in ("r1", "r2"))
    assert set(first) == {"lead", "coder"} and set(second) == {"lead"}
    assert (first["lead"]["model"], first["lead"]["tokens"]["input"], first["lead"]["cost_nano"]) == ("old", 100, 100)
    assert (second["lead"]["model"], second["lead"]["tokens"]["input"], second["lead"]["cost_nano"]) == ("new", 7, 7)
    whole = projection.state["agents"]["lead"]
    assert (whole["model"], whole["tokens"]["input"]) == ("new", 107)


@pytest.mark.parametrize(
    ("status", "lead", "coder"),
    [
        ("done", "done", "done"),
        ("stopped", "stopped", "stopped"),
        ("failed", "failed", "done"),
        ("limit", "stopped", "stopped"),
        ("refused", "refused", "done"),
    ],
)
def test_agents_of_a_run_end_as_it_ended_whatever_they_do_later(status: str, lead: str, coder: str) -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="lead", agent="lead", lead=True, run="r1"))
    projection.apply(at(s.AgentSpawned, role="coder", run="r1"))
    run_of(projection, "r1", "m", 1, status)
    run_of(projection, "r2", "m", 1)
    agents = projection.state["runs"]["r1"]["agents"]
    assert (agents["lead"]["word"], agents["coder"]["word"]) == (lead, coder)


def test_a_question_that_is_asked_again_after_a_restart_is_one_question() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, role="coder"))
    for _ in range(2):
        projection.apply(at(s.QuestionAsked, question="q", handle="Q1", kind="permission", title="May I?"))
    projection.apply(at(s.QuestionAnswered, question="q", handle="Q1", answer="allow_once", by="user"))
    assert projection.state["agents"]["coder"]["family"] != "needs_you"
