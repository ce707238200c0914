# pyright: basic
"""Every subcommand answers with readable text and has its effect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loomkin_jupyter.kernel.magics import SUB_NAMES
from loomkin_jupyter.kernel.subcommands import SUBCOMMANDS
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order

LOOKING = (
    "status", "team", "agents", "tasks", "queue", "graph", "cost", "keepers", "sent", "settings", "doctor", "trust",
    "model", "budget", "share", "grants", "help",
)  # fmt: skip
SETTINGS = (
    ("trust", "autonomous", "permissions.preset"),
    ("model", "openai/other", "model.default"),
    ("budget", "0.75", "budget.run_usd"),
    ("share", "sample", "sharing.level"),
)


def test_the_names_of_the_magic_are_those_that_exist() -> None:
    assert set(SUB_NAMES) == {*SUBCOMMANDS, "ask", "panel"}
    assert all(fn.__doc__ for fn in SUBCOMMANDS.values())


@pytest.mark.parametrize("name", LOOKING)
def test_looking_answers_in_words(kernel: Any, name: str) -> None:
    out = kernel.run(f"%loomkin {name}")
    assert not out["error"], (name, out)
    text = out["displays"][0]["text/plain"] if name == "doctor" else out["text"]
    assert text.strip()
    assert not text.lstrip().startswith(("{", "["))
    assert "``" not in text


def test_help_tells_of_one(kernel: Any) -> None:
    assert kernel.run("%loomkin help why")["text"].startswith("  %loomkin why")
    assert "Did you mean status" in kernel.run("%loomkin help statsu")["error"]


@pytest.mark.parametrize(("name", "value", "key"), SETTINGS)
def test_settings_are_shown_with_their_source_and_changed(kernel: Any, name: str, value: str, key: str) -> None:
    before = kernel.run(f"%loomkin {name}")["text"]
    assert key in before
    changed = kernel.run(f"%loomkin {name} {value}")
    assert not changed["error"], changed
    after = kernel.run(f"%loomkin {name}")["text"]
    if name == "model":
        assert "environment LOOMKIN_MODEL" in after, "the environment is above the workspace's setting, and says so"
    else:
        assert value in after
        assert "workspace" in after
    assert not kernel.run(f"%loomkin {name} default")["error"]
    assert kernel.run(f"%loomkin {name}")["text"] == before


def test_wrong_values_are_refused(kernel: Any) -> None:
    for code in ("trust bold", "budget lots", "share everything", "revoke 1", "settings nothing.here 3"):
        assert kernel.run(f"%loomkin {code}")["error"], code


def test_what_was_sent_is_what_the_provider_received(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="Received."))
    kernel.run("%%loomkin --wait --name run\nA request with a word: heliotrope")
    received = model.requests[-1].messages
    listed = kernel.run("%loomkin sent")["text"]
    assert "openai/scripted" in listed
    shown = kernel.run("%loomkin sent lead")["text"]
    assert json.loads(shown) == received


def test_approving_for_the_run_is_a_grant_and_can_be_revoked(kernel: Any, model: ScriptedServer) -> None:
    code = {"code": "effect = 1"}
    model.script = in_order(Reply(calls=[("kernel_eval", code)]), Reply(text="one", hold="between"), Reply(text="End."))
    kernel.run("%%loomkin --name run --trust balanced --share full\nCompute")
    question = kernel.question()
    assert question["handle"] in kernel.run("%loomkin status")["text"]
    said = kernel.run(f"%loomkin approve {question['handle']} always")
    assert not said["error"], said
    # The answer is committed when approve returns; the gate makes the grant of it a moment later.
    kernel.until(lambda _: "kernel_eval" in kernel.run("%loomkin grants")["text"])
    assert "asks again" in kernel.run("%loomkin revoke 1")["text"]
    assert "Nothing is allowed" in kernel.run("%loomkin grants")["text"]
    model.event("between").set()
    assert kernel.run("print(run.result.status, effect)")["text"] == "done 1\n"


def test_denying_tells_the_agent_why(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(calls=[("kernel_eval", {"code": "denied = 1"})]), Reply(text="End."))
    kernel.run("%%loomkin --name run --trust balanced\nCompute")
    kernel.question()
    assert not kernel.run("%loomkin deny not that variable")["error"]
    kernel.run("run.wait()")
    assert "not that variable" in model.requests[-1].results[-1][1]


def test_files_are_changed_undone_explained_and_exported(kernel: Any, model: ScriptedServer) -> None:
    choose = {"node_type": "decision", "title": "Write flights.txt plainly", "confidence": 80}
    write = {"file_path": "flights.txt", "content": "plain\n"}
    model.script = in_order(
        Reply(calls=[("decision_log", choose)]), Reply(calls=[("file_write", write)]), Reply(text="Written.")
    )
    kernel.run("%%loomkin --wait --name run --trust full\nWrite the file")
    file = kernel.folder / "flights.txt"
    assert file.read_text() == "plain\n"
    assert kernel.run("print(list(run.changes))")["text"] == "['flights.txt']\n"
    assert "flights" in kernel.run("%loomkin why flights")["text"]
    assert "Did you mean" in kernel.run("%loomkin why flihgts.txt")["error"]
    assert not kernel.run("%loomkin undo")["error"]
    assert not file.exists()
    assert "Written to" in kernel.run("%loomkin export record.html")["text"]
    assert "Written." in (kernel.folder / "record.html").read_text()
    assert "no way to write" in kernel.run("%loomkin export record.pdf")["error"]


def test_a_working_agent_is_steered_queued_for_and_stopped(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="First.", hold="steered"), Reply(text="Second.", hold="never"))
    kernel.run("%%loomkin --name run\nWork")
    model.wait_for(1, timeout_s=120)
    assert kernel.run("%loomkin steer lead use the median")["text"] == "Told lead; it reads it at its next step.\n"
    model.event("steered").set()
    assert any("use the median" in str(r.messages) for r in model.wait_for(2, timeout_s=120))
    kernel.run("%%loomkin --name later\nAnother request")
    assert "Another request" in kernel.run("%loomkin queue")["text"]
    assert not kernel.run("%loomkin pause lead")["error"]
    assert not kernel.run("%loomkin resume lead")["error"]
    assert not kernel.run("%loomkin stop")["error"]
    assert kernel.run("print(run.result.status)")["text"] == "stopped\n"
    model.event("never").set()


def test_a_request_to_who_is_paused_says_what_lets_it_begin(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="First."), Reply(text="Second."))
    kernel.run("%%loomkin --wait\nBegin")
    assert "pauses" in kernel.run("%loomkin pause")["text"]
    assert "lead is paused: %loomkin resume" in kernel.run("%%loomkin --name run\nSecond request")["text"]
    queue = kernel.run("%loomkin queue")["text"]
    assert "lead:1" in queue
    assert "is changed" in kernel.run("%loomkin queue edit lead:1 Another text")["text"]
    assert "Another text" in kernel.run("%loomkin queue")["text"]
    kernel.run("%loomkin resume")
    assert kernel.run("print(run.result.status)")["text"] == "done\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cost --bla", "takes nothing more"),
        ("graph --bla", "Add --format"),
        ("graph --format docx", "Add --format"),
        ("queue --bla", "queue has no"),
        ("model xyz", "names no provider"),
        ("export /nope/x.md", "cannot be written there"),
    ],
)
def test_what_is_not_understood_is_refused(kernel: Any, line: str, said: str) -> None:
    error = kernel.run(f"%loomkin {line}")["error"]
    assert said in error
    assert "Traceback" not in error


def test_the_graph_is_exported_as_text(kernel: Any) -> None:
    assert kernel.run("%loomkin graph --format mermaid --all")["text"].startswith("flowchart")
