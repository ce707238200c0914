"""What may be done: rules of LOOMKIN.md that act where the call is, commands in their sandbox, answers that people give."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.policy.sandbox import SandboxState
from loomkin_jupyter.store.tables.grants import audit
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest
from tests.scenarios.conftest import Opened, in_store, isolated, project_with, workspace_of

MODEL = "openai/gpt-4o"
Call = tuple[str, dict[str, Any]]
UNSANDBOXED: dict[str, Any] = {"sandbox.use": "off"}
RULES = """# Rules

## Rules
- Keep the raw data as it is

## Allowed Operations
- Shell: `python make.py *`

## Denied Operations
- Shell: `rm *`, `git push *`
- File Write: `raw/**`
- File Read: `private/**`
- Git: `commit *`
"""
MAKE = "import pathlib, sys\npathlib.Path(sys.argv[1]).write_text('made')\n"
BREAK_OUT = """import pathlib, socket, sys
for place in sys.argv[2:]:
    try:
        pathlib.Path(place, "broke_out.txt").write_text("out")
    except OSError as failed:
        print("not written:", failed)
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 3)
    pathlib.Path("connected.txt").write_text("yes")
except OSError as failed:
    print("not connected:", failed)
pathlib.Path("inside.txt").write_text("in")
"""


def sh(command: str) -> Call:
    return "shell", {"command": command}


class Calls:
    """A model that makes the calls it is given, one answer for all, and then says that it is done."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __call__(self, request: ScriptRequest) -> Reply | str:
        calls, self.calls = self.calls, []
        return Reply(calls=[("directory_list", {"path": "."}), *calls]) if calls else "Tried."


@pytest.fixture
def model() -> Iterator[tuple[Calls, ScriptedServer]]:
    script = Calls()
    with ScriptedServer(script) as server:
        yield script, server


def ruled(tmp_path: Path) -> Path:
    files = {"LOOMKIN.md": RULES, "raw/data.csv": "a\n1\n", "private/notes.txt": "the canary sings\n"}
    return project_with(tmp_path, {**files, "make.py": MAKE, "break_out.py": BREAK_OUT})


def test_C6_a_denied_operation_is_refused_in_every_form_and_an_allowed_one_needs_trust(
    tmp_path: Path, model: tuple[Calls, ScriptedServer]
) -> None:
    script, server = model
    root = ruled(tmp_path)
    forms = ("rm raw/data.csv", "true && rm -f raw/data.csv", "command rm raw/data.csv", "bash -c 'rm raw/data.csv'",
             "env X=1 rm raw/data.csv", "echo $(rm raw/data.csv)", "\\rm raw/data.csv", "/bin/rm raw/data.csv")  # fmt: skip
    denied: list[Call] = [
        *(sh(form) for form in forms),
        ("file_write", {"file_path": "raw/data.csv", "content": "b\n"}),
        ("file_write", {"file_path": "raw/../raw/new.csv", "content": "b\n"}),
        ("file_read", {"file_path": "private/notes.txt"}),
        sh("cat private/notes.txt"),
        ("git", {"operation": "commit", "args": ["--allow-empty", "-m", "no"]}),
    ]
    with workspace_of(root, server) as opened:
        script.calls = list(denied)
        tried = opened.ask("Try", model=MODEL, trust="full")
        assert tried.status == "done"
        script.calls = [sh("python make.py before.txt")]
        assert opened.ask("Make", model=MODEL).status == "done"
        assert not (root / "before.txt").exists(), "a rule that allows counted before the folder was trusted"
        assert opened.command(do="trust_folder")["ok"]
        script.calls = [sh("python make.py after.txt"), sh("python make.py x.txt; touch other.txt")]
        assert opened.ask("Make", model=MODEL).status == "done"
        assert (root / "after.txt").read_text() == "made" and not (root / "other.txt").exists()
        decisions = [p for p in opened.heard.of(s.PermissionDecided) if p.run == tried.run]
    (root / "LOOMKIN.md").write_text(RULES.replace("python make.py", "python *"))
    with workspace_of(root, server) as opened:
        script.calls = [sh("python make.py changed.txt")]
        assert opened.ask("Make", model=MODEL).status == "done"
        assert not (root / "changed.txt").exists(), "rules that changed after they were trusted counted"
    assert (root / "raw/data.csv").read_text() == "a\n1\n" and not (root / "raw/new.csv").exists()
    refused = [p for p in decisions if not p.allowed]
    assert len(refused) == len(denied), [(p.tool, p.target) for p in refused]
    assert all("LOOMKIN.md line" in p.rule for p in refused), [(p.target, p.rule) for p in refused]
    assert not any("the canary sings" in str(request.body) for request in server.requests)
    assert "Keep the raw data as it is" in server.requests[0].system and "rm *" in server.requests[0].system


def test_C6_a_command_changes_nothing_outside_the_project_and_reaches_no_network(
    tmp_path: Path, model: tuple[Calls, ScriptedServer], sandboxed: SandboxState
) -> None:
    script, server = model
    root = ruled(tmp_path)
    home = Path(isolated(root)["HOME"])
    places = f"{tmp_path} {home} /var/tmp"
    with socket.create_server(("127.0.0.1", 0)) as listener, workspace_of(root, server) as opened:
        command = f"python break_out.py {listener.getsockname()[1]} {places}"
        script.calls = [sh(command)]
        assert opened.ask("Try", model=MODEL, trust="full").status == "done"
        assert (root / "inside.txt").read_text() == "in" and not (root / "connected.txt").exists()
        assert not any((Path(place) / "broke_out.txt").exists() for place in places.split())
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        workspace_of(root, server, **UNSANDBOXED) as bare,
    ):
        script.calls = [sh(f"python break_out.py {listener.getsockname()[1]} {tmp_path}")]
        assert bare.ask("Try", model=MODEL, trust="full").status == "done"
        assert (tmp_path / "broke_out.txt").exists() and (root / "connected.txt").exists(), (
            "the trial itself is at fault"
        )
        said = next(f for f in bare.heard.of(s.ToolFinished) if f.tool == "shell")
        assert "(unsandboxed)" in dict(server.requests[-1].results)["shell"] and said.status == "ok"


def decided(opened: Opened) -> list[tuple[str, str, bool]]:
    return [(p.tool, p.rule, p.allowed) for p in opened.heard.of(s.PermissionDecided)]


def test_C5_a_preset_lets_pass_what_it_says_and_everything_is_in_the_audit(
    project: Path, model: tuple[Calls, ScriptedServer]
) -> None:
    script, server = model
    passes = {"strict": set[str](), "balanced": {"decide"}, "autonomous": {"decide", "write"}, "full": {"decide", "write", "execute", "outside"}}  # fmt: skip
    outside = project.parent / "elsewhere.txt"
    with workspace_of(project, server, **UNSANDBOXED) as opened:
        for preset, expected in passes.items():
            script.calls = [
                ("decision_log", {"node_type": "goal", "title": f"goal {preset}"}),
                ("file_write", {"file_path": f"{preset}.txt", "content": "w"}),
                sh(f"echo ran > {preset}.ran"),
                ("file_write", {"file_path": str(outside), "content": preset}),
            ]
            assert opened.ask("Try", model=MODEL, trust=preset).status == "done"
            did = {
                "decide": any(n.title == f"goal {preset}" for n in opened.heard.of(s.DecisionLogged)),
                "write": (project / f"{preset}.txt").exists(),
                "execute": (project / f"{preset}.ran").exists(),
                "outside": outside.exists(),
            }
            assert {what for what, done in did.items() if done} == expected, preset
    rows = in_store(project, lambda conn: conn.execute(sa.select(audit.c.tool, audit.c.rule, audit.c.allowed)).all())
    assert [(r.tool, r.rule, bool(r.allowed)) for r in rows] == decided(opened) and len(rows) == 4 * 5


def answered(opened: Opened, number: int) -> s.QuestionAsked:
    """Wait for the question of that number and return it."""
    opened.heard.wait(s.QuestionAsked, lambda q: len(opened.heard.of(s.QuestionAsked)) >= number)
    return opened.heard.of(s.QuestionAsked)[number - 1]


def test_C5_answers_count_once_for_the_run_or_always_within_a_scope_until_revoked(
    project: Path, model: tuple[Calls, ScriptedServer]
) -> None:
    script, server = model
    (project / "notes").mkdir()

    def write(name: str) -> Call:
        return "file_write", {"file_path": name, "content": name}

    with workspace_of(project, server, attended=True) as opened:

        def asking(*names: str) -> str:
            script.calls = [write(name) for name in names]
            return opened.start("Write", model=MODEL)

        def answer(number: int, choice: str, **more: str) -> s.QuestionAsked:
            question = answered(opened, number)
            reply = opened.command(do="answer", question=question.handle, choice=choice, **more)
            assert reply["ok"], reply
            return question

        run = asking("a.txt", "b.txt")
        answer(1, "deny", reason="not in the top folder")
        answer(2, "allow_once")
        opened.finish(run)
        assert not (project / "a.txt").exists() and (project / "b.txt").read_text() == "b.txt"
        assert any("not in the top folder" in text for _, text in server.requests[-1].results)
        run = asking("c.txt", "d.txt", "e.txt")
        answer(3, "allow_run")
        opened.finish(run)
        assert all((project / f"{name}.txt").exists() for name in "cde")
        run = asking("notes/f.txt")
        question = answered(opened, 4)
        assert "exact: notes/f.txt" in question.scopes and "folder: notes/" in question.scopes
        assert not opened.command(do="answer", question=question.handle, choice="always", scope="folder: /")["ok"]
        answer(4, "always", scope="folder: notes/")
        opened.finish(run)
        opened.finish(asking("notes/g.txt"))
        assert (project / "notes/g.txt").exists(), "what was allowed always was asked again"
        run = asking("h.txt")
        answer(5, "deny")
        opened.finish(run)
        assert not (project / "h.txt").exists(), "the scope did not bind"
        grant = next(g for g in opened.command(do="grants")["grants"] if g["scope"] == "folder: notes/")
        assert grant["expires"] > grant["made"]
        assert opened.command(do="revoke", grant=grant["id"])["ok"]
        run = asking("notes/i.txt")
        answer(6, "deny")
        opened.finish(run)
        assert not (project / "notes/i.txt").exists()
        late = opened.command(do="answer", question=question.handle, choice="allow_once")
        assert not late["ok"], "a closed question took an answer"
    assert [g.state for g in opened.heard.of(s.GrantChanged) if g.scope == "folder: notes/"] == ["made", "revoked"]
    assert len(opened.heard.of(s.QuestionAsked)) == 6
