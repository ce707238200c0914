"""The roster: agents of two teams, streaming, restarts."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core import signals as s
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
