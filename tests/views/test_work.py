"""Tasks, queues, claims, files, doubt."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.views.projection import Projection


def at(signal: type[s.Signal], /, **fields: Any) -> s.Signal:
    values: dict[str, Any] = {"run": "r", "team": "t", "time": 1.0, **fields}
    return signal(**values)


def test_a_message_waits_until_it_is_read() -> None:
    projection = Projection()
    projection.apply(at(s.AgentSpawned, agent="ada", role="coder"))
    projection.apply(at(s.MessageSent, message="m1", sender="lead", to="ada", kind="message", text="hi"))
    projection.apply(at(s.MessageSent, message="m2", sender="lead", to="ada", kind="notice", text="note"))
    assert projection.state["agents"]["ada"]["queue"] == 2
    assert set(projection.state["queue"]) == {"m1", "m2"}
    projection.apply(at(s.QueueEdited, message="m2", change="edited", text="other"))
    assert projection.state["queue"]["m2"]["text"] == "other"
    projection.apply(at(s.MessageConsumed, agent="ada", messages=["m1"]))
    projection.apply(at(s.QueueEdited, message="m2", change="deleted"))
    assert projection.state["agents"]["ada"]["queue"] == 0
    assert projection.state["queue"] == {}


def test_what_is_said_to_the_user_waits_nowhere() -> None:
    projection = Projection()
    projection.apply(at(s.MessageSent, message="m1", sender="lead", to="user", kind="message", text="look"))
    assert projection.state["queue"] == {}
    assert [line["to"] for line in projection.state["feed"].values()] == ["user"]


def test_file_changes_add_up_and_can_be_undone() -> None:
    projection = Projection()
    for _ in range(2):
        projection.apply(
            at(s.FileChanged, agent="ada", call="c", path="a.py", before="1", after="2", added=3, removed=1)
        )
    assert projection.state["changes"]["a.py"]["added"] == 6
    projection.apply(at(s.ChangeUndone, path="a.py", by="user"))
    assert projection.state["changes"]["a.py"]["undone"] is True
    projection.apply(at(s.FileChanged, agent="ada", call="c", path="a.py", before="1", after="2", added=1))
    assert projection.state["changes"]["a.py"]["added"] == 1


def test_doubt_spreads_and_clears() -> None:
    projection = Projection()
    for handle in ("D1", "D2"):
        projection.apply(at(s.DecisionLogged, node=handle, handle=handle, kind="decision", title=handle))
    projection.apply(at(s.ConfidenceRevised, handle="D1", was=90, confidence=20, reason="nulls", by="user"))
    projection.apply(at(s.DoubtSpread, handle="D1", flagged=["D2"], paths=["D1 → D2"]))
    nodes = projection.state["decisions"]["nodes"]
    assert (nodes["D1"]["confidence"], nodes["D2"]["doubt"]) == (20, True)
    projection.apply(at(s.DoubtCleared, handle="D1", cleared=["D2"]))
    assert nodes["D2"]["doubt"] is False


def test_claims_tasks_keepers_and_proposals_have_their_place() -> None:
    projection = Projection()
    projection.apply(at(s.RegionClaimed, agent="ada", claim="c1", path="a.py", start=1, end=4))
    projection.apply(at(s.ClaimRefused, agent="bob", path="a.py", holder="ada", attempt="lines 2-3"))
    projection.apply(at(s.TaskCreated, task="T1", title="one"))
    projection.apply(at(s.TaskCreated, task="T2", title="two", depends_on=["T1"]))
    projection.apply(at(s.TaskDependencyAdded, task="T1", depends_on="T0"))
    projection.apply(at(s.TaskCompleted, task="T1", result="fine"))
    projection.apply(at(s.KeeperCreated, agent="ada", keeper="K1", topic="nulls", tokens=10))
    projection.apply(
        at(s.CellProposed, agent="ada", call="x", proposal="p1", action="insert", source="1+1", position=2)
    )
    state = projection.snapshot()
    assert state["claims"]["c1"]["holder"] == "ada"
    assert state["tasks"]["T1"]["result"] == "fine"
    assert state["tasks"]["T1"]["depends_on"] == ["T0"]
    assert state["tasks"]["T2"]["depends_on"] == ["T1"]
    assert state["keepers"]["K1"]["topic"] == "nulls"
    assert state["proposals"]["p1"]["position"] == 2
    projection.apply(at(s.RegionReleased, claim="c1", path="a.py"))
    assert projection.state["claims"] == {}


def test_a_run_tells_its_own_changes_and_the_workspace_their_sum() -> None:
    projection = Projection()
    for run in ("r1", "r2"):
        projection.apply(s.RunStarted(request="x", run=run, time=1.0))
        projection.apply(
            s.FileChanged(
                call="c",
                path="a.txt",
                before="",
                after="x",
                added=2,
                removed=1,
                diff=f"of {run}",
                run=run,
                agent="lead",
                time=1.0,
            )
        )
    first, second = (projection.state["runs"][run]["changes"]["a.txt"] for run in ("r1", "r2"))
    assert (first["added"], first["removed"], first["diff"]) == (2, 1, "of r1")
    assert (second["added"], second["removed"]) == (2, 1)
    assert projection.state["changes"]["a.txt"]["added"] == 4
    projection.apply(s.ChangeUndone(path="a.txt", by="user", time=2.0))
    assert not first["undone"] and second["undone"]
