"""The one table of commands: every reply has the same shape, and no object of any content raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace.commands import COMMANDS
from tests.scenarios.conftest import Opened, workspace_of

KEYS = [
    *(
        "question",
        "choice",
        "where",
        "reason",
        "scope",
        "request",
        "options",
        "agent",
        "run",
        "guidance",
        "team",
        "text",
    ),
    *("message", "by", "node", "confidence", "observation", "approach", "path", "grant", "revoke", "key", "value"),
]
TEXTS = st.sampled_from(["", "lead", "Q1", "D1", "main", "allow_once", "agents.most", "../x", "\ud800", "\x00"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([name for name in COMMANDS if name != "ask"]) | st.text(max_size=8)


def assert_shape(reply: dict[str, Any]) -> None:
    """A reply is ok with what was asked for, or says what is wrong."""
    json.dumps(reply)
    assert reply["ok"] in (True, False)
    if not reply["ok"]:
        assert set(reply) == {"ok", "error", "remedy"}
        assert reply["error"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), VALUES), NAMES | VALUES)
def test_no_object_raises(opened: Opened, fields: dict[str, Any], name: Any):
    assert_shape(opened.portal.run(opened.workspace.command({**fields, "do": name}), 60))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["model", "trust", "budget_usd", "roles", "data", "cell", "x"]), VALUES) | VALUES
)
def test_wrong_options_of_a_request_are_replies(opened: Opened, options: Any):
    reply = opened.command(do="ask", request=" ", options=options)
    assert_shape(reply)
    assert not reply["ok"]


def test_every_handler_names_what_it_misses(opened: Opened):
    for name in COMMANDS:
        assert_shape(opened.command(do=name))
    reply = opened.command(do="stpo")
    assert "Did you mean stop" in reply["error"]
    assert "questions" in reply["remedy"]


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ({"do": "answer", "question": "Q9", "choice": "allow_once"}, "Q9 is not an open question"),
        ({"do": "steer", "agent": "nobody", "text": "x"}, "no agent 'nobody'"),
        ({"do": "revise", "node": "D999", "confidence": 10}, "D999"),
        ({"do": "undo", "path": "nothing.py"}, "no change of nothing.py"),
        ({"do": "setting", "key": "agents.mots", "value": 3}, "agents.most"),
        ({"do": "setting", "key": "agents.most", "value": -3}, "agents.most"),
        ({"do": "ask", "request": "x", "options": {"roles": ["codr"]}}, "coder"),
        ({"do": "ask", "request": "x", "options": {"model": "opnai/gpt-4o"}}, "openai"),
        ({"do": "queue.delete", "message": "msg_none"}, "no longer waits"),
    ],
)
def test_refusals_say_what_is_wrong(opened: Opened, command: dict[str, Any], part: str):
    reply = opened.command(**command)
    assert_shape(reply)
    assert part in reply["error"]


def test_a_setting_is_in_force_at_once_and_kept(project: Path, server: ScriptedServer):
    with workspace_of(project, server) as opened:
        assert "7" in opened.command(do="setting", key="agents.most", value=7)["text"]
        assert opened.workspace.settings["agents.most"] == 7
        opened.command(do="setting", key="budget.run_usd", value=0.25)
    with workspace_of(project, server) as opened:
        assert opened.workspace.settings.source("agents.most") == "workspace"
        opened.command(do="setting", key="agents.most", value=None)
        assert opened.workspace.settings.source("agents.most") == "default"
