"""Grants: their scopes, what they cover and never cover, expiry, revocation, the end of a run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.signals import GrantChanged, Signal
from loomkin_jupyter.policy.findings import look
from loomkin_jupyter.policy.grants import LIFETIME_S, Grants, covers, run_scope, scopes_for, split_scope
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.request import PermissionRequest
from loomkin_jupyter.store.grants import Grant
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.testing.clock import JumpingClock


def request(**fields: Any) -> PermissionRequest:
    base: dict[str, Any] = {
        "call": "c",
        "agent": "ada",
        "role": "coder",
        "tool": "shell",
        "kind": "execute",
        "run": "r1",
    }
    return PermissionRequest(**{**base, **fields})


def write(path: str, **fields: Any) -> PermissionRequest:
    return request(tool="file_write", kind="write", paths=((path, "write"),), **fields)


def command(text: str, **fields: Any) -> PermissionRequest:
    return request(command=text, **fields)


@pytest.mark.parametrize(
    ("asked", "scopes", "for_run"),
    [
        (write("src/a.py"), ("exact: src/a.py", "folder: src/", "pattern: *.py"), "pattern: *"),
        (write("Makefile"), ("exact: Makefile",), "pattern: *"),
        (write("LOOMKIN.md"), (), "pattern: *"),
        (command("pytest -q"), ("exact: pytest -q", "pattern: pytest *"), "pattern: pytest *"),
        (command("git status"), ("exact: git status", "pattern: git status *"), "pattern: git status *"),
        (command("rm a.py"), ("exact: rm a.py",), "exact: rm a.py"),
        (command("ls; rm a.py"), ("exact: ls; rm a.py",), "exact: ls; rm a.py"),
        (command("A=1 ls"), ("exact: A=1 ls",), "exact: A=1 ls"),
        (command("curl http://x.example"), ("exact: curl http://x.example",), "exact: curl http://x.example"),
        (command("git -C src status"), ("exact: git -C src status",), "exact: git -C src status"),
        (request(tool="peer_message", kind="coordinate"), ("pattern: *",), "pattern: *"),
        (request(tool="git", target="push"), ("exact: push", "pattern: *"), "pattern: *"),
    ],
    ids=lambda value: "",
)
def test_scopes_promise_no_more_than_they_say(
    confinement: Confinement, asked: PermissionRequest, scopes: tuple[str, ...], for_run: str
) -> None:
    found = look(asked, confinement)
    assert scopes_for(asked, found) == scopes
    assert run_scope(asked, found) == for_run


@given(st.sampled_from(["exact", "folder", "pattern"]), st.text(max_size=30).filter(lambda t: not t.startswith(" ")))
def test_a_scope_is_read_as_it_was_written(kind: str, value: str) -> None:
    assert split_scope(f"{kind}: {value}") == (kind, value)


@pytest.mark.parametrize(
    ("scope", "asked", "covered"),
    [
        ("exact: src/a.py", write("src/a.py"), True),
        ("exact: src/a.py", write("src/../src/a.py"), True),
        ("exact: src/a.py", write("src/b.py"), False),
        ("folder: src/", write("src/deep/b.py"), True),
        ("folder: src/", write("srcs/b.py"), False),
        ("folder: src/", write("src/../b.py"), False),
        ("pattern: *.py", write("deep/b.py"), True),
        ("pattern: *.py", write("b.txt"), False),
        ("pattern: *", write("../outside/x"), False),
        ("pattern: *", write("link_out/x"), False),
        ("pattern: *", write("LOOMKIN.md"), False),
        ("pattern: *", write(".git/hooks/pre-commit"), False),
        ("pattern: *", write("a\0b"), False),
        ("exact: a.py", write("a\nb"), False),
        ("folder: ", write("a\nb"), False),
    ],
)
def test_what_a_grant_of_paths_covers(
    confinement: Confinement, scope: str, asked: PermissionRequest, covered: bool
) -> None:
    assert covers(Grant(id="g", tool="file_write", scope=scope), asked, look(asked, confinement)) is covered


@pytest.mark.parametrize(
    ("scope", "text", "covered"),
    [
        ("exact: pytest -q", " pytest -q ", True),
        ("exact: pytest -q", "pytest -q; rm a.py", False),
        ("pattern: pytest *", "pytest tests", True),
        ("pattern: pytest *", "pytest tests && rm a.py", False),
        ("pattern: pytest *", "pytest $(rm a.py)", False),
        ("pattern: pytest *", "pytest > ../out", False),
        ("pattern: cat *", "cat ../outside/passwd", False),
        ("pattern: *", "bash", False),
        ("folder: src/", "rm src/a.py", False),
        ("pattern: *", "echo x > LOOMKIN.md", False),
    ],
)
def test_what_a_grant_of_commands_covers(confinement: Confinement, scope: str, text: str, covered: bool) -> None:
    asked = command(text)
    assert covers(Grant(id="g", tool="shell", scope=scope), asked, look(asked, confinement)) is covered


def test_a_grant_is_for_its_tool_agent_and_run(confinement: Confinement) -> None:
    asked = write("a.py")
    found = look(asked, confinement)
    cases: tuple[tuple[dict[str, Any], bool], ...] = (
        ({}, True),
        ({"agent": "bob"}, False),
        ({"run": "r2"}, False),
        ({"tool": "shell"}, False),
    )
    for fields, covered in cases:
        base: dict[str, Any] = {"id": "g", "tool": "file_write", "scope": "pattern: *"}
        grant = Grant(**{**base, **fields})
        assert covers(grant, asked, found) is covered


async def test_a_grant_holds_until_it_expires(store: Store, confinement: Confinement) -> None:
    clock = JumpingClock()
    grants, asked = Grants(store, clock), write("a.py")
    await grants.load()
    made = await grants.make(asked, "exact: a.py")
    assert grants.covering(asked, look(asked, confinement)) == made
    clock.jump(LIFETIME_S - 1)
    assert grants.all() == [made]
    clock.jump(2)
    assert grants.covering(asked, look(asked, confinement)) is None
    again = Grants(store, clock)
    await again.load()
    assert again.all() == []


async def test_revocation_is_kept_and_told(store: Store, committed: list[Signal]) -> None:
    clock = JumpingClock()
    grants = Grants(store, clock)
    await grants.load()
    made = await grants.make(write("a.py"), "exact: a.py")
    again = Grants(store, clock)
    await again.revoke(made.id)
    with pytest.raises(UsageError, match=made.id):
        await again.revoke(made.id)
    fresh = Grants(store, clock)
    await fresh.load()
    assert fresh.all() == []
    await store.flush()
    assert [s.state for s in committed if isinstance(s, GrantChanged)] == ["made", "revoked"]


async def test_a_run_takes_its_grants_with_it(store: Store) -> None:
    grants = Grants(store, JumpingClock())
    await grants.load()
    await grants.make(command("pytest -q"), "pattern: pytest *", run="r1")
    await grants.make(write("a.py"), "pattern: *", run="r1")
    kept = await grants.make(write("b.py"), "exact: b.py")
    assert await grants.end_run("r1") == 2
    assert await grants.end_run("r1") == await grants.end_run("") == 0
    assert grants.all() == [kept]
