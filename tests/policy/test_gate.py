"""The gate: its order, its four answers, the audit of every decision, one question for identical requests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from loomkin_jupyter.core.ports import Answer
from loomkin_jupyter.core.signals import PermissionDecided, Signal
from loomkin_jupyter.policy.gate import Gate, PermissionRequest
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.rules import Policy
from loomkin_jupyter.project.loomkin_md import parse_rules
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.testing.person import Person


def said(choice: str, *, by: str = "user", scope: str = "", reason: str = "") -> Person:
    return Person(Answer(choice=choice, by=by, scope=scope, reason=reason))


def request(**fields: Any) -> PermissionRequest:
    base: dict[str, Any] = {
        "call": "c1",
        "agent": "coder",
        "role": "coder",
        "tool": "shell",
        "kind": "execute",
        "run": "r1",
        "team": "t",
    }
    return PermissionRequest(**{**base, **fields})


def write(path: str) -> PermissionRequest:
    return request(tool="file_write", kind="write", target=path, paths=((path, "write"),))


def command(text: str, **fields: Any) -> PermissionRequest:
    return request(command=text, target=text, **fields)


@pytest.fixture
def gate(store: Store, confinement: Confinement) -> Gate:
    return Gate(store, confinement)


@pytest.mark.parametrize("preset", ["strict", "balanced", "autonomous", "full"])
@pytest.mark.parametrize(
    "asked",
    [command("cat .env"), command("true; rm -rf /"), write(".env"), write("keys/server.pem")],
    ids=lambda r: r.target,
)
async def test_secrets_and_catastrophes_are_denied_in_every_preset(
    gate: Gate, asked: PermissionRequest, preset: Any
) -> None:
    person = Person()
    assert not (await gate.decide(asked, person, preset=preset)).allowed
    assert not person.questions


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        (request(tool="file_read", kind="read", paths=(("a.py", "read"),)), "strict balanced autonomous full"),
        (request(tool="file_read", kind="read", paths=(("../outside/passwd", "read"),)), "full"),
        (request(tool="peer_message", kind="coordinate"), "balanced autonomous full"),
        (write("a.py"), "autonomous full"),
        (write("../x"), "full"),
        (write("LOOMKIN.md"), "full"),
        (command("pytest -q"), "full"),
        (command("pytest -q", sandboxed=True), "autonomous full"),
        (command("pytest > /tmp/out", sandboxed=True), "autonomous full"),
        (command("touch /opt/x", sandboxed=True), "full"),
        (command("curl http://x.example", sandboxed=True), "full"),
        (command("eval $X", sandboxed=True), "full"),
        (command("echo x >> LOOMKIN.md", sandboxed=True), "full"),
        (request(tool="fetch", kind="network"), "full"),
    ],
)
async def test_presets(gate: Gate, asked: PermissionRequest, passes: str) -> None:
    for preset in ("strict", "balanced", "autonomous", "full"):
        assert (gate.foresee(asked, preset=preset) == "allow") is (preset in passes.split()), preset


async def test_every_decision_is_in_the_audit(gate: Gate, committed: list[Signal], store: Store) -> None:
    await gate.decide(write("a.py"), said("deny", reason="not now"), preset="balanced")
    await gate.decide(write("a.py"), Person(), preset="autonomous")
    await gate.decide(command("cat .env"), Person(), preset="full")
    await store.flush()
    decided = [signal for signal in committed if isinstance(signal, PermissionDecided)]
    assert [(signal.allowed, signal.rule) for signal in decided] == [
        (False, "asked: deny"),
        (True, "preset: autonomous"),
        (False, "secrets"),
    ]
    assert "not now" in decided[0].reason


async def test_always_holds_for_its_scope_until_revoked(gate: Gate, store: Store, confinement: Confinement) -> None:
    person = said("always", scope="folder: src/")
    await gate.decide(write("src/a.py"), person, preset="balanced")
    assert person.questions[0].scopes == ("exact: src/a.py", "folder: src/", "pattern: *.py")
    assert gate.foresee(write("src/b.py"), preset="balanced") == "allow"
    assert gate.foresee(write("a.py"), preset="balanced") == "ask"
    again = Gate(store, confinement)
    assert (await again.decide(write("src/c.py"), Person("deny"), preset="strict")).rule == "grant: folder: src/"
    await again.revoke(again.grants()[0].id)
    assert again.foresee(write("src/b.py"), preset="balanced") == "ask"


async def test_what_is_allowed_for_a_run_ends_with_it(gate: Gate) -> None:
    await gate.decide(command("pytest -q"), Person("allow_run"), preset="balanced")
    assert gate.foresee(command("pytest tests"), preset="balanced") == "allow"
    assert gate.foresee(command("pytest tests; rm a.py"), preset="balanced") == "ask"
    assert gate.foresee(command("pytest tests", run="r2"), preset="balanced") == "ask"
    assert await gate.end_run("r1") == 1
    assert gate.foresee(command("pytest tests"), preset="balanced") == "ask"


async def test_control_files_are_asked_for_each_time(gate: Gate) -> None:
    person = Person("always")
    await gate.decide(write("LOOMKIN.md"), person, preset="autonomous")
    assert person.questions[0].options == ("allow_once", "deny")
    assert gate.grants() == []


async def test_nobody_there_names_the_trust_that_would_do(gate: Gate) -> None:
    decision = await gate.decide(write("a.py"), said("deny", by="nobody"), preset="balanced")
    assert not decision.allowed
    assert "--trust autonomous" in decision.reason


async def test_identical_requests_share_a_question_that_outlives_the_first(gate: Gate) -> None:
    person = Person(hold=True)
    first = asyncio.ensure_future(gate.decide(write("a.py"), person, preset="balanced"))
    await person.asked.wait()
    second = asyncio.ensure_future(gate.decide(write("a.py"), person, preset="balanced"))
    while next(iter(gate._pending.values())).waiting < 2:  # noqa: ASYNC110  # pyright: ignore[reportPrivateUsage]
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    person.open.set()
    assert (await second).allowed
    assert len(person.questions) == 1


async def test_denied_stands_before_allowed(gate: Gate) -> None:
    rules = parse_rules(
        "## Allowed Operations\n- Shell: `git *`\n- File Write: `src/**`\n- File Write Denied: `src/gen/**`\n## Denied Operations\n- Shell: `git push`\n"
    )
    gate.configure(rules=rules, trusted=True)
    assert gate.foresee(command("git status"), preset="strict") == "allow"
    for text in (
        "git push",
        "git push origin",
        "git -C src push",
        "/usr/bin/git push",
        "git status; git push",
        "env git push",
        "bash -c 'git push'",
    ):
        assert gate.foresee(command(text), preset="full") == "deny", text
    assert gate.foresee(request(tool="git", target="push origin"), preset="full") == "deny"
    assert gate.foresee(write("src/a.py"), preset="strict") == "allow"
    assert gate.foresee(write("src/gen/a.py"), preset="full") == "deny"
    assert gate.foresee(command("touch src/gen/x"), preset="full") == "deny"


async def test_an_untrusted_project_only_tightens(gate: Gate) -> None:
    rules = parse_rules("## Allowed Operations\n- Shell: `*`\n## Denied Operations\n- Shell: `make *`\n")
    gate.configure(rules=rules, auto_approve=["file_write"], trusted=False)
    assert gate.foresee(command("ls"), preset="balanced") == "ask"
    assert gate.foresee(write("a.py"), preset="balanced") == "ask"
    assert gate.foresee(command("make x"), preset="full") == "deny"


async def test_policies_by_role_and_command(gate: Gate) -> None:
    gate.configure(
        policies=[Policy(effect="deny", role="tester", command="rm *"), Policy(effect="allow", command="pytest *")]
    )
    assert gate.foresee(command("pytest -q"), preset="strict") == "allow"
    assert gate.foresee(command("rm a.py", role="tester"), preset="full") == "deny"
    assert gate.foresee(command("rm a.py"), preset="full") == "allow"


async def test_what_the_sandbox_must_open(gate: Gate) -> None:
    decision = await gate.decide(
        command("curl -o /opt/x http://x.example", sandboxed=True), Person(), preset="autonomous"
    )
    assert decision.allowed
    assert decision.network
    assert [path.rsplit("/", 1)[1] for path in decision.outside] == ["x"]
