"""Who may do what: every role is refused what is not its own, and a lead with specialists only coordinates."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.store import agents as agent_rows
from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, ScriptRequest, steps
from tests.scenarios.conftest import LONG, Opened, in_store, project_with, workspace_of

MODEL = "openai/gpt-4o"
Call = tuple[str, dict[str, Any]]
ROLES = ("concierge", "researcher", "coder", "reviewer", "tester", "analyst")
FORBIDDEN: dict[str, set[str]] = {
    "concierge": {"write", "execute", "tests", "kernel", "cells", "commit"},
    "researcher": {"write", "execute", "tests", "kernel", "cells", "commit", "coordinate"},
    "coder": {"kernel", "coordinate"},
    "reviewer": {"write", "execute", "kernel", "cells", "commit", "coordinate"},
    "tester": {"write", "kernel", "cells", "commit", "coordinate"},
    "analyst": {"write", "execute", "tests", "commit", "coordinate"},
}
"""The role table of the product: what each specialist must be refused, also when its model names the tool."""


def attempt(category: str, who: str) -> Call:
    """Return a call of that category by that agent whose effect would be seen outside its own text."""
    return {
        "write": ("file_write", {"file_path": f"{who}_write.py", "content": "x = 1\n"}),
        "execute": ("shell", {"command": f"echo ran > {who}_shell.txt"}),
        "tests": ("run_tests", {"path": f"test_{who}.py"}),
        "kernel": ("kernel_eval", {"code": f"{who}_ran = 1"}),
        "cells": ("cell_propose", {"action": "insert", "position": 0, "source": f"# {who}"}),
        "commit": ("git", {"operation": "commit", "args": ["--allow-empty", "-m", f"by {who}"]}),
        "coordinate": ("team_spawn", {"team_name": "more", "purpose": "x", "roles": [{"role": "coder", "name": f"{who}_made"}]}),
    }[category]  # fmt: skip


CATEGORIES = ("write", "execute", "tests", "kernel", "cells", "commit", "coordinate")


def commit_all(root: Path) -> None:
    own = (["config", "user.name", "a"], ["config", "user.email", "a@b"])
    for words in (["init", "-q"], *own, ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def messages_of_git(root: Path) -> list[str]:
    done = subprocess.run(["git", "log", "--format=%s"], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def happened(root: Path, opened: Opened, who: str) -> set[str]:
    """Return the categories whose effect by ``who`` is there, seen past every tool's own words."""
    heard = opened.heard
    there = {
        "write": (root / f"{who}_write.py").exists(),
        "execute": (root / f"{who}_shell.txt").exists(),
        "tests": (root / f"{who}_tested.txt").exists(),
        "kernel": f"{who}_ran" in opened.workspace.parts.kernel.names() or kernel_has(opened, f"{who}_ran"),
        "cells": any(p.agent == who for p in heard.of(s.CellProposed)),
        "commit": f"by {who}" in messages_of_git(root),
        "coordinate": any(a.agent == f"{who}_made" for a in heard.of(s.AgentSpawned)),
    }
    return {category for category, did in there.items() if did}


def kernel_has(opened: Opened, name: str) -> bool:
    async def look() -> bool:
        return await opened.workspace.parts.kernel.call(lambda names: name in names, agent="test")

    return opened.portal.run(look(), LONG)


@dataclass(frozen=True)
class Tried:
    """What six specialists did of everything they tried."""

    did: dict[str, set[str]]
    refused: dict[str, set[str]]
    offered: dict[str, set[str]]
    heard: list[s.ToolFinished]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """One team of every role with full trust, each of which tries everything."""
    marks = {f"test_{who}.py": f"def test_it():\n    open('{who}_tested.txt', 'w').close()\n" for who in ROLES}
    root = project_with(
        tmp_path_factory.mktemp("roles"),
        {"LOOMKIN.md": "# Rules\n", "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider\n", **marks},
    )
    commit_all(root)
    look = ("directory_list", {"path": "."})  # one call that is allowed, so that refusals don't count as malformed
    lead: list[Reply | str] = [
        Reply(calls=[("team_spawn", {"team_name": "all", "purpose": "try", "roles": [{"role": r, "name": r} for r in ROLES]})]),
        *(Reply(calls=[("team_assign", {"title": f"Try {who}", "description": "Try.", "agent_name": who})]) for who in ROLES),
        "I wait.",
    ]  # fmt: skip

    def own(who: str) -> list[Reply | str]:
        number = ROLES.index(who) + 1
        done = {"task_id": f"T{number}", "result": "Tried everything there is to try.", "actions_taken": ["tried"]}
        return [
            Reply(calls=[look, *(attempt(category, who) for category in CATEGORIES)]),
            Reply(calls=[("peer_complete_task", done)]),
            "Tried.",
        ]

    script = steps({"lead": lead, **{who: own(who) for who in ROLES}}, last="All have tried.")
    with ScriptedServer(script) as server, workspace_of(root, server) as opened:
        assert opened.ask("Try", model=MODEL, trust="full").status == "done"
        finished = opened.heard.of(s.ToolFinished)
        yield Tried(
            did={who: happened(root, opened, who) for who in ROLES},
            refused={who: {f.tool for f in finished if f.agent == who and f.status == "refused"} for who in ROLES},
            offered={who: set(server.by(who)[0].tools) for who in ROLES},
            heard=finished,
        )


@pytest.mark.parametrize("role", ROLES)
def test_T5_a_role_does_what_is_its_own_and_is_refused_the_rest(tried: Tried, role: str) -> None:
    assert tried.did[role] == set(CATEGORIES) - FORBIDDEN[role]
    for category in FORBIDDEN[role]:
        tool, _ = attempt(category, role)
        assert tool in tried.refused[role], f"{role} was not refused {tool}"
        if tool not in ("git", "file_write"):  # these two are offered for what they may do: to read, to write tests
            assert tool not in tried.offered[role]


def test_T7_a_lead_loses_its_hands_while_it_has_specialists_and_has_them_back_after(tmp_path: Path) -> None:
    root = project_with(tmp_path, {"LOOMKIN.md": "# Rules\n", "test_lead.py": "def test_it():\n    open('lead_tested.txt', 'w').close()\n"})  # fmt: skip
    commit_all(root)
    hands = [category for category in CATEGORIES if category != "coordinate"]
    every = [("directory_list", {"path": "."}), *(attempt(category, "lead") for category in hands)]
    done = {"task_id": "T1", "result": "Looked at everything there is.", "actions_taken": ["looked"]}
    planning: list[Call] = [
        ("peer_create_task", {"title": "Look again"}),
        ("decision_log", {"node_type": "goal", "title": "Know it"}),
        ("team_assign", {"title": "Look", "description": "Look.", "agent_name": "ada"}),
    ]
    script = steps(
        {
            "lead": [
                Reply(calls=[("team_spawn", {"team_name": "crew", "purpose": "look", "roles": [{"role": "coder", "name": "ada"}]})]),
                Reply(calls=every),
                Reply(calls=[("peer_create_task", {"title": "Look"}), *planning[1:]]),
                "I wait.",
                "Looked.",
                Reply(calls=every),
                "Now I did it myself.",
            ],
            "ada": [Reply(calls=[("peer_complete_task", done)]), "Done."],
        }
    )  # fmt: skip
    with ScriptedServer(script) as server, workspace_of(root, server) as opened:
        assert opened.ask("Look", model=MODEL, trust="full").status == "done"
        assert happened(root, opened, "lead") == set(), "an orchestrating lead had hands"
        alone, orchestrating = server.by("lead")[0], server.by("lead")[1]
        names = {attempt(category, "lead")[0] for category in hands if category != "commit"}
        assert names <= set(alone.tools) and not names & set(orchestrating.tools)
        assert "You have specialists now" in orchestrating.system and "You have specialists now" not in alone.system
        assert [t.title for t in opened.heard.of(s.TaskCreated)] == ["Look"]
        assert [n.title for n in opened.heard.of(s.DecisionLogged) if not n.auto] == ["Know it"]
        assert [a.owner for a in opened.heard.of(s.TaskAssigned)] == ["ada"], "it could not coordinate"
        assert opened.ask("Now you", model=MODEL, trust="full").answer == "Now I did it myself."
        assert happened(root, opened, "lead") == set(hands), "without specialists it has its hands back"


def living(root: Path) -> list[str]:
    def read(conn: sa.Connection) -> list[str]:
        return [a.name for a in agent_rows.of_team(conn, "main") if a.status not in ("stopped", "failed")]

    return in_store(root, read)


def test_T1_a_request_is_one_agent_or_a_team_that_grows_and_shrinks_by_itself(project: Path) -> None:
    done = {"result": "Counted everything that is there.", "actions_taken": ["counted"]}

    def counts(request: ScriptRequest) -> Reply | str:
        task = next(t for t in ("T1", "T2") if f"{t}: Count" in json.dumps(request.messages))
        return Reply(calls=[("peer_complete_task", {"task_id": task, **done})])

    roles = [{"role": "coder", "name": name} for name in ("ada", "ben")]
    script = steps(
        {
            "lead": [
                "Four.",
                Reply(calls=[("team_spawn", {"team_name": "crew", "purpose": "count", "roles": roles})]),
                Reply(calls=[("team_assign", {"title": f"Count {n}", "description": "Count.", "agent_name": n}) for n in ("ada", "ben")]),
                "I wait.",
                "Both counted.",
                "Both counted.",
            ],
            "ada": [counts, "Done."],
            "ben": [counts, "Done."],
        },
        last="Both counted.",
    )  # fmt: skip
    with ScriptedServer(script) as server, workspace_of(project, server) as opened:
        one = opened.ask("What is two and two?", model=MODEL, trust="autonomous")
        assert (one.answer, one.agents) == ("Four.", 1)
        assert {r.agent for r in server.requests} == {"lead"}, "a simple question took more than one agent"
        more = opened.ask("Count both halves", model=MODEL, trust="autonomous")
        assert (more.answer, more.agents) == ("Both counted.", 3)
        grown = [a.agent for a in opened.heard.of(s.AgentSpawned)]
        assert grown == ["lead", "ada", "ben"] and server.by("ada") and server.by("ben")
        for name in ("ada", "ben"):
            opened.heard.wait(s.AgentStatusChanged, lambda a, name=name: a.agent == name and a.status == "stopped")
        assert not opened.heard.of(s.QuestionAsked), "it did not grow by itself"
    assert living(project) == ["lead"]


@pytest.fixture(autouse=True)
def needs_git() -> None:
    assert shutil.which("git"), "these scenarios commit"
