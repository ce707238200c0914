"""Tasks and their hand-offs."""

from __future__ import annotations

from typing import Any


async def test_creating_begins_with_the_handle(bench: Any) -> None:
    assert (await bench.run("peer_create_task", title="one")).text.startswith("id: T1\n")
    second = await bench.run("peer_create_task", title="two", depends_on_id="T1", priority=1)
    assert "after T1" in second.text and bench.plans.tasks["T2"].depends_on == ("T1",)
    for arguments in ({"title": " "}, {"title": "x", "priority": 6}, {"title": "x", "depends_on_id": ["T9"]}):
        assert (await bench.run("peer_create_task", **arguments)).status == "failed"


async def test_completing_needs_a_hand_off(bench: Any) -> None:
    await bench.run("peer_create_task", title="one")
    short = await bench.run("peer_complete_task", task_id="T1", result="done", discoveries=["x"])
    assert short.status == "failed" and "20" in short.text
    empty = await bench.run("peer_complete_task", task_id="T1", result="x" * 30, discoveries=[])
    assert empty.status == "failed" and "discoveries" in empty.text
    done = await bench.run("peer_complete_task", task_id="T1", result="x" * 30, discoveries="one")
    assert done.status == "ok" and bench.plans.tasks["T1"].handoff.discoveries == ("one",)
