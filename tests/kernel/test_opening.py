# pyright: basic
"""The first request of a kernel: on its card before there is a team, stopped there, failed there."""

from __future__ import annotations

import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.kernel.opening import STOPPED, Opening, StoppedEarly
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order
from loomkin_jupyter.views.board import merge_patch
from tests.kernel.conftest import LONG, LiveKernel, make_folder

WIDGET = "application/vnd.jupyter.widget-view+json"


def _opening() -> Opening:
    options = Namespace(model="", trust="", share="", budget=0.5, team="main")
    return Opening("Count the rows", options, "c1")


def test_the_card_has_its_request_and_nothing_else() -> None:
    opening = _opening()
    state = opening.snapshot()["state"]
    assert state["run"] == opening.run
    shown = state["runs"][opening.run]
    assert (shown["request"], shown["status"]) == ("Count the rows", "running")
    assert shown["activity"] == "starting: Count the rows"
    assert (shown["limit_usd"], shown["cell"]) == (0.5, "c1")
    assert not state["agents"]


def test_a_stop_takes_effect_where_the_cell_looks() -> None:
    opening = _opening()
    opening.look()
    assert opening.answer({"do": "stop", "run": "run_other"}) is None, "another run is not this one's to stop"
    assert opening.answer({"do": "stop", "agent": "lead"}) is None
    assert opening.answer({"do": "stop", "run": opening.run}) == {"ok": True, "text": f"Stopped {STOPPED}."}
    with pytest.raises(StoppedEarly):
        opening.look()
    with pytest.raises(StoppedEarly):
        opening.ask()


def test_a_stop_that_comes_when_it_is_being_asked_is_the_teams() -> None:
    opening = _opening()
    opening.ask()
    assert opening.answer({"do": "stop"}) is None
    opening.look()


def test_its_end_is_told_with_the_remedy() -> None:
    opening, heard = _opening(), list[JsonObject]()
    before = opening.snapshot()["state"]
    leave = opening.listen(heard.append)
    entry = opening.end_for(StoreError("The store is locked.", "Close the other kernel."))
    assert (entry["status"], entry["reason"]) == ("failed", "The store is locked. Close the other kernel.")
    assert merge_patch(before, heard[0]["patch"])["runs"][opening.run] == entry
    leave()
    leave()


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StoppedEarly(), "stopped", "nothing was sent"),
        (KeyboardInterrupt(), "stopped", "interrupted"),
        (OSError("no space"), "failed", "OSError: no space"),
    ],
)
def test_every_way_to_end_early_has_words(error: BaseException, status: str, words: str) -> None:
    entry = _opening().end_for(error)
    assert entry["status"] == status
    assert words in entry["reason"]


# --- in a real kernel -----------------------------------------------------------------------------------------------


@pytest.fixture
def live(tmp_path: Path, environment: dict[str, str], model: ScriptedServer) -> Iterator[LiveKernel]:
    """A kernel that was asked nothing yet, in a project of its own."""
    made = LiveKernel(make_folder(tmp_path), {**environment, **model.environment()})
    assert not made.run("%load_ext loomkin_jupyter")["error"]
    yield made
    made.close()


def _hear(live: LiveKernel, found: Any) -> dict[str, Any]:
    """Read messages of the kernel until ``found`` says yes to one."""
    while True:
        said = live.client.get_iopub_msg(timeout=LONG)
        if found(said):
            return dict(said)


def _shown(live: LiveKernel) -> dict[str, Any]:
    return _hear(live, lambda said: said["msg_type"] == "display_data")["content"]


def _lock(live: LiveKernel) -> sqlite3.Connection:
    """Keep the database of the project from being opened by anybody else."""
    folder = live.folder / ".loomkin"
    folder.mkdir(exist_ok=True)
    held = sqlite3.connect(folder / "loomkin.db", isolation_level=None, check_same_thread=False)
    held.execute("BEGIN EXCLUSIVE")
    return held


def test_the_card_is_there_before_the_store_and_follows_the_run(live: LiveKernel, model: ScriptedServer) -> None:
    held = _lock(live)
    model.script = in_order(Reply(text="Twelve columns."))
    cell = live.send("%%loomkin --name run\nHow many columns?")
    shown = _shown(live)
    assert WIDGET in shown["data"]
    run = shown["metadata"]["loomkin"]["run"]
    state = live.control({"do": "snapshot"})["state"]
    assert state["runs"][run]["activity"] == "starting: How many columns?"
    assert live.control({"do": "card", "run": run})["live"]
    held.execute("ROLLBACK")
    held.close()
    out = live.finish(cell)
    assert not out["error"], out
    assert live.run("print(run.id, run.result.text)")["text"] == f"{run} Twelve columns.\n"
    assert list(live.state()["runs"]) == [run]


def test_stop_during_the_opening_ends_it_before_anything_is_sent(live: LiveKernel, model: ScriptedServer) -> None:
    held = _lock(live)
    cell = live.send("%%loomkin --name run\nHow many columns?")
    run = _shown(live)["metadata"]["loomkin"]["run"]
    said = live.control({"do": "stop", "run": run})
    assert said["ok"], said
    assert "nothing was sent" in said["text"]
    out = live.finish(cell)
    assert not out["error"]
    assert "Stopped: before it began" in out["updates"][-1]["text/plain"]
    assert WIDGET not in out["updates"][-1]
    held.execute("ROLLBACK")
    held.close()
    assert live.run("print(run.status, run.result.text == '', run.changes, run.ended)")["text"] == (
        "stopped True {} True\n"
    )
    assert not model.requests
    model.script = in_order(Reply(text="Now."))
    assert not live.run("%%loomkin --wait --name run\nAgain")["error"]
    assert live.run("print(run.text)")["text"] == "Now.\n"


def test_an_interrupt_during_the_opening_ends_the_card(live: LiveKernel, model: ScriptedServer) -> None:
    held = _lock(live)
    cell = live.send("%%loomkin\nHow many columns?")
    _shown(live)
    live.interrupt()
    out = live.finish(cell)
    held.execute("ROLLBACK")
    held.close()
    assert "KeyboardInterrupt" in out["error"]
    assert "interrupted before it began" in out["updates"][-1]["text/plain"]
    assert not model.requests


@pytest.mark.parametrize(
    ("options", "file", "words"),
    [
        ("--model nobody/nothing", None, "nobody"),
        ("--data points=missing.csv", None, "No such file"),
        ("", b"this is no database, but long enough to be taken for a damaged one" * 100, "loomkin.db"),
    ],
)
def test_an_error_at_the_opening_ends_on_the_card_and_in_the_cell(
    live: LiveKernel, model: ScriptedServer, options: str, file: bytes | None, words: str
) -> None:
    if file is not None:
        (live.folder / ".loomkin").mkdir()
        (live.folder / ".loomkin" / "loomkin.db").write_bytes(file)
    out = live.run(f"%%loomkin {options}\nHow many columns?")
    assert any(WIDGET in data for data in out["displays"])
    for told in (out["updates"][-1]["text/plain"], out["error"]):
        assert words in told, told
    assert "Traceback" not in out["error"]
    assert WIDGET not in out["updates"][-1]
    assert not model.requests


def test_a_locked_store_ends_on_the_card_with_its_remedy(live: LiveKernel) -> None:
    held = _lock(live)
    out = live.run("%%loomkin\nHow many columns?")
    held.execute("ROLLBACK")
    held.close()
    assert "locked" in out["error"]
    assert "locked" in out["updates"][-1]["text/plain"]
