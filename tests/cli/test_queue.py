"""``loomkin queue`` on a team that runs in another process, and what its times mean."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.cli.queue import due_of
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from loomkin_jupyter.workspace.door import live_runtimes, send_command
from tests.cli.conftest import Loomkin
from tests.scenarios.conftest import CommandLine


def test_what_waits_is_listed_changed_made_one_and_taken_apart(command_line: CommandLine, server: ScriptedServer):
    server.script = steps({"lead": [Reply("late", hold="go")]})
    running = command_line.start("run", "Long.")
    running.heard.wait(s.RequestSent)
    (live,) = live_runtimes(command_line.root / ".loomkin")
    for text in ("first", "second", "third"):
        assert send_command(live, {"do": "message", "agent": "lead", "text": text})["ok"]

    def queue(*arguments: str) -> str:
        done = command_line.run("queue", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert queue("list") == "".join(
        f"lead:{n}  from user: {t}\n" for n, t in enumerate(("first", "second", "third"), 1)
    )
    queue("edit", "lead:1", "first,", "mended")
    queue("move", "lead:3", "1")
    queue("delete", "lead:3")
    assert queue("list", "lead") == "lead:1  from user: third\nlead:2  from user: first, mended\n"
    assert "lead:1 is made of 2 messages" in queue("squash", "lead")
    assert queue("list") == "lead:1  from user (made of 2): third first, mended\n"
    assert "2 messages again" in queue("restore", "lead:1")
    assert "lead reads it at" in queue("schedule", "lead", "2h", "later", "please")
    listed = json.loads(queue("list", "--json"))
    assert [one["text"] for one in listed] == ["third", "first, mended", "later please"]
    assert running.heard.wait(s.MessageSent, lambda m: m.text == "later please").due == listed[2]["due"]
    for wrong, said in (
        (["list", "nobody"], "There is no agent 'nobody'"),
        (["delete", "lead:9"], "3 messages wait for lead"),
        (["delete", "msg_none"], "no longer waits"),
        (["restore", "lead:1"], "was not made of several"),
        (["squash", "lead:1"], "Only two or more"),
        (["schedule", "lead", "tomorrow", "x"], "is no moment"),
    ):
        done = command_line.run("queue", *wrong)
        assert done.returncode in (1, 2), wrong
        assert said in done.stderr, done.stderr
    assert command_line.run("stop").returncode == 0
    assert running.wait() == 130


def test_without_a_team_it_says_so(loomkin: Loomkin):
    code, _, err = loomkin("queue", "list")
    assert code == 1
    assert "No team is running" in err
    assert loomkin("queue")[0] == 2


@pytest.mark.parametrize(
    ("when", "seconds"), [("90s", 90), ("20m", 1200), ("in 2h", 7200), ("+1.5d", 129_600), ("5 min", 300)]
)
def test_spans_count_from_now(when: str, seconds: float):
    assert due_of(when, 1000.0) == 1000.0 + seconds


@given(moment=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_time_is_that_time(moment: datetime):
    assert due_of(moment.isoformat(), 0.0) == moment.timestamp()


@given(when=st.text())
def test_anything_else_is_refused_with_an_example(when: str):
    try:
        assert isinstance(due_of(when, 0.0), float)
    except UsageError as wrong:
        assert "2026-12-24T18:00" in wrong.remedy
