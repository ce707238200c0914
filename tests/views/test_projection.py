"""The projection: what a person sees after these things have happened."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.views.board import FEED_MOST, merge_patch
from loomkin_jupyter.views.projection import RUNS_KEPT, Projection

RUN, TEAM = "run_1", "team_1"


def at(signal: type[s.Signal], /, time: float = 1.0, **fields: Any) -> s.Signal:
    values: dict[str, Any] = {"run": RUN, "team": TEAM, "time": time, **fields}
    return signal(**values)


def story() -> list[s.Signal]:
    return [
        at(s.WorkspaceOpened, root="/home/ada/flights", database="x.db", host="h", pid=1, sandbox="bubblewrap"),
        at(s.RunStarted, request="Audit the frame", model="loomkin/playbook", limit_usd=5.0, labels=["scripted"]),
        at(s.AgentSpawned, agent="lead", role="lead", lead=True, model="m"),
        at(s.AgentStatusChanged, agent="lead", status="working", was="idle"),
        at(s.TaskCreated, agent="lead", task="T1", title="Look at nulls"),
        at(s.TaskAssigned, task="T1", owner="lead"),
        at(s.TaskStatusChanged, task="T1", status="in_progress", was="assigned"),
        at(s.ActivityChanged, agent="lead", activity="tool", detail="dataframe_profile"),
        at(s.ToolStarted, agent="lead", call="c1", tool="dataframe_profile", arguments="{}"),
        at(s.ToolFinished, agent="lead", call="c1", tool="dataframe_profile", status="ok", summary="12 columns"),
        at(s.CallMetered, agent="lead", call="m1", model="m", usage=Usage(100, 20), cost_nano=1_000),
        at(s.DecisionLogged, agent="lead", node="n1", handle="D1", kind="goal", title="Clean data"),
        at(s.DecisionLogged, agent="lead", node="n2", handle="D2", kind="decision", title="Drop rows", confidence=80),
        at(s.DecisionLinked, source="D1", target="D2", kind="chosen", rationale="few"),
        at(s.QuestionAsked, agent="lead", question="q1", handle="Q1", kind="permission", title="Write a.py?"),
    ]


def played(signals: list[s.Signal]) -> Projection:
    projection = Projection()
    for signal in signals:
        projection.apply(signal)
    return projection


def test_the_story_can_be_read_from_the_state() -> None:
    state = played(story()).snapshot()
    assert state["workspace"]["name"] == "flights"
    assert state["run"] == RUN
    run = state["runs"][RUN]
    assert run["status"] == "running"
    assert run["cost_nano"] == 1_000
    assert run["tokens"]["input"] == 100
    assert run["activity"] == "lead: using dataframe_profile"
    lead = state["agents"]["lead"]
    assert lead["family"] == "needs_you"
    assert lead["task"] == "T1"
    assert lead["tools"][0]["summary"] == "12 columns"
    assert state["tasks"]["T1"]["status"] == "in_progress"
    assert state["decisions"]["edges"]["D1>D2:chosen"]["rationale"] == "few"
    assert state["graph"]["positions"]["D1"][1] < state["graph"]["positions"]["D2"][1]
    assert state["cost"]["by_model"] == {"m": 1_000}
    assert [line["kind"] for line in state["feed"].values()].count("needs") == 1


def test_patches_add_up_to_the_snapshot() -> None:
    projection = Projection()
    seen = projection.snapshot()
    for signal in story():
        projection.apply(signal)
        projection.tick(signal.time)
        seen = merge_patch(seen, projection.take_patch() or {})
        assert seen == projection.snapshot()
    assert projection.take_patch() is None


def test_an_answer_ends_the_need() -> None:
    projection = played(story())
    projection.apply(
        at(s.QuestionAnswered, question="q1", handle="Q1", answer="allow_once", by="user", where="sidebar")
    )
    state = projection.snapshot()
    assert state["questions"]["q1"]["state"] == "answered"
    assert state["questions"]["q1"]["where"] == "sidebar"
    assert state["agents"]["lead"]["family"] == "working"
    # The second answer changes nothing: the first one wins.
    projection.apply(at(s.QuestionAnswered, question="q1", handle="Q1", answer="deny", by="user"))
    assert projection.state["questions"]["q1"]["answer"] == "allow_once"


def test_silence_is_noticed_by_the_tick_and_ends_with_a_sign() -> None:
    projection = played(story()[:8])
    projection.tick(100.0)
    assert projection.state["agents"]["lead"]["word"] == "no sign for 99 s"
    projection.apply(at(s.ToolOutput, time=101.0, agent="lead", call="c1", text="x"))
    assert projection.state["agents"]["lead"]["family"] == "working"


def test_an_unknown_price_is_unknown_and_never_zero() -> None:
    projection = played(story())
    projection.apply(at(s.CallMetered, agent="lead", call="m2", model="x", usage=Usage(1, 1), cost_nano=None))
    state = projection.snapshot()
    assert "cost_nano" not in state["runs"][RUN]
    assert "cost_nano" not in state["agents"]["lead"]
    assert state["cost"]["unknown"] is True
    projection.apply(at(s.RunFinished, status="done", answer="ok", cost_usd=None))
    assert "cost_nano" not in projection.snapshot()["runs"][RUN]


def test_a_finished_run_says_so() -> None:
    projection = played(story())
    projection.apply(at(s.AgentStatusChanged, agent="lead", status="idle", was="working"))
    projection.apply(at(s.QuestionAnswered, question="q1", handle="Q1", answer="deny", by="timeout"))
    projection.apply(at(s.RunFinished, status="done", answer="Twelve columns.", cost_usd=0.000002, duration_s=3.2))
    state = projection.snapshot()
    assert state["runs"][RUN]["answer"] == "Twelve columns."
    assert state["runs"][RUN]["cost_nano"] == 2_000
    assert state["agents"]["lead"]["family"] == "done"


def test_memory_is_bounded() -> None:
    projection = played(story())
    for number in range(FEED_MOST * 2):
        projection.apply(at(s.TextStreamed, agent="lead", call="m3", text="word " * 50))
        projection.apply(at(s.ToolFinished, agent="lead", call=f"c{number}", tool="shell", status="ok"))
        projection.apply(at(s.RunStarted, run=f"run_{number + 10}", request="r"))
        projection.apply(at(s.RunFinished, run=f"run_{number + 10}", status="done"))
    state = projection.snapshot()
    assert len(state["feed"]) <= FEED_MOST
    assert len(state["agents"]["lead"]["text"]) <= 4_000
    assert len(state["agents"]["lead"]["tools"]) == 5
    assert len(state["runs"]) <= RUNS_KEPT + 1


def test_unknown_signals_are_skipped() -> None:
    projection = Projection()
    projection.apply(s.Unknown(name="later.thing", payload={"a": 1}))
    assert projection.statistics()["applied"] == 1
