# pyright: basic
"""The magics in a real kernel: the card, its static record, mistakes, completion."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order


def _completions(kernel: Any, line: str) -> list[str]:
    message = kernel.client.complete(line, len(line))
    while True:
        reply = kernel.client.get_shell_msg(timeout=120)
        if reply["parent_header"].get("msg_id") == message:
            return list(reply["content"]["matches"])


def test_a_request_in_a_cell_ends_as_a_static_record(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="Twelve columns, no nulls."))
    out = kernel.run("%%loomkin --wait --name run\nHow many columns?")
    assert not out["error"], out
    assert any("application/vnd.jupyter.widget-view+json" in data for data in out["displays"])
    data = (out["updates"] or [kernel.wait_update()])[-1]
    assert "application/vnd.jupyter.widget-view+json" not in data
    assert "Twelve columns, no nulls." in data["text/html"]
    assert kernel.run("print(run.result.text, run.status)")["text"] == "Twelve columns, no nulls. done\n"
    status = kernel.run("%loomkin status")["text"]
    assert "Done" in status
    assert "{" not in status


def test_asking_on_one_line(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(text="Short."))
    kernel.run("%loomkin ask --wait --name line What is there?")
    assert kernel.run("print(line.result.text)")["text"] == "Short.\n"
    assert "What is there?" in model.requests[-1].last


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("%loomkin statsu", "Did you mean status"),
        ("%%loomkin --trst strict\nhi", "Did you mean --trust"),
        ("%%loomkin --trust bold\nhi", "balanced"),
        ("%%loomkin --roles codr\nhi", "Did you mean coder"),
        ("%%loomkin --model nobody/nothing\nhi", "nobody"),
        ("%%loomkin\n\n", "The request is empty"),
        ("%%loomkin\nAudit @nothing_here", "names no variable"),
        ("%loomkin approve Q99", "not an open question"),
    ],
)
def test_mistakes_are_sentences_and_cost_nothing(kernel: Any, model: ScriptedServer, code: str, words: str) -> None:
    error = kernel.run(code)["error"]
    assert words in error
    assert "Traceback" not in error
    assert not model.requests


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%%loomkin --tr", "--trust"),
        ("%%loomkin --trust ba", "balanced"),
        ("%%loomkin --share sa", "sample"),
        ("%loomkin sta", "status"),
        ("%loomkin trust au", "autonomous"),
        ("%loomkin panel gr", "graph"),
        ("%loomkin stop le", "lead"),
        ("%loomkin settings budget.", "budget.run_usd"),
        ("%loomkin help sta", "status"),
        ("%%loomkin --roles re", "reviewer"),
    ],
)
def test_completion_offers_options_and_values(kernel: Any, line: str, found: str) -> None:
    assert found in _completions(kernel, line)


def test_help_lists_the_options_that_exist(kernel: Any) -> None:
    text = kernel.run("%%loomkin --help\nhi")["text"]
    assert "--budget" in text
    assert "--replay" not in text


def test_help_is_answered_without_a_body() -> None:
    from loomkin_jupyter.kernel.magics import keep_questions

    assert keep_questions(["%%loomkin --help\n"]) == ["get_ipython().run_cell_magic('loomkin', '--help', ' ')\n"]
    for own in ("%%loomkin?\n", "%%loomkin ??\n"):
        assert keep_questions([own]) == [own], "IPython's own help is not a request"
    whole = ["%%loomkin --wait\n", "Count the rows.\n"]
    assert keep_questions(whole) == whole
