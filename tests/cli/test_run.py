"""``loomkin run`` and ``resume`` end to end with a scripted model."""

from __future__ import annotations

import json

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.cli.conftest import Loomkin
from tests.scenarios.conftest import CommandLine


def test_the_answer_is_on_stdout_and_the_story_on_stderr(loomkin: Loomkin, server: ScriptedServer):
    server.script = steps({"lead": [Reply(calls=[("directory_list", {"path": "."})]), "One [file]."]})
    code, out, err = loomkin("What is here?")
    assert (code, out) == (0, "One [file].\n")
    assert "directory_list" in err
    assert "■ done" in err


def test_json_ends_with_the_end_of_the_run(loomkin: Loomkin, server: ScriptedServer):
    server.script = steps({"lead": ["Done."]})
    code, out, _ = loomkin("run", "Look.", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["type"] for line in lines].count("run.finished") == 1
    assert lines[-1]["type"] == "run.finished"
    assert lines[0]["type"] == "workspace.opened"


def test_limit_refused_and_failed_have_their_codes(loomkin: Loomkin, server: ScriptedServer):
    assert loomkin("run", "Look.", "--budget", "0")[0] == 3
    assert loomkin("run", "xyzzy plugh", "--model", "loomkin/playbook")[0] == 4
    server.script = lambda request: Reply("wrong key", status=401)
    code, _, err = loomkin("run", "Look.")
    assert code == 1
    assert "■ failed" in err


def test_nothing_to_resume_is_no_error(loomkin: Loomkin):
    code, out, err = loomkin("resume")
    assert (code, out) == (0, "")
    assert "Nothing was interrupted" in err


def test_a_killed_run_is_resumed_with_its_data(command_line: CommandLine, server: ScriptedServer):
    (command_line.root / "f.csv").write_text("x\n1\n2\n")
    server.script = steps({"lead": [Reply("late", hold="go")]})
    running = command_line.start("run", "Count.", "--data", f"f={command_line.root / 'f.csv'}")
    run = running.heard.wait(s.RequestSent).run
    running.shoot()
    running.wait()
    server.script = steps({"lead": ["Two rows."]})
    resumed = command_line.start("resume")
    assert resumed.wait() == 0, resumed.said()
    end = resumed.heard.wait(s.RunFinished)
    assert (end.run, end.status, end.answer) == (run, "done", "Two rows.")
