"""Looking at a request: the facts for the preset, and which line of LOOMKIN.md speaks of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.policy.findings import allowed_operation, denied_operation, look
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.request import Found, PermissionRequest
from loomkin_jupyter.project.loomkin_md import parse_rules


def request(**fields: Any) -> PermissionRequest:
    base: dict[str, Any] = {"call": "c", "agent": "ada", "role": "coder", "tool": "shell", "kind": "execute"}
    return PermissionRequest(**{**base, **fields})


def write(path: str) -> PermissionRequest:
    return request(tool="file_write", kind="write", paths=((path, "write"),))


def facts(found: Found) -> str:
    names = ("confined", "control", "network", "understood", "sandboxed")
    return " ".join(name for name in names if getattr(found.facts, name))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (write("a.py"), "confined understood"),
        (write("LOOMKIN.md"), "confined control understood"),
        (write("../x"), "understood"),
        (write("a\0b"), "understood"),
        (request(tool="file_read", kind="read", paths=(("LOOMKIN.md", "read"),)), "confined understood"),
        (request(command="pytest -q"), "confined understood"),
        (request(command="curl http://x.example"), "confined network understood"),
        (request(command="echo x > /opt/y"), "understood"),
        (request(command="echo x > LOOMKIN.md"), "confined control understood"),
        (request(command='eval "$X"'), "confined"),
        (request(command="echo x > /tmp/y", sandboxed=True), "confined understood sandboxed"),
        (request(command="echo x > /tmp/y"), "understood"),
        (request(command="echo x > /tmpfoo/y", sandboxed=True), "understood sandboxed"),
        (request(tool="fetch", kind="network"), "confined network understood"),
        (request(tool="peer_message", kind="coordinate"), "confined understood"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.command or value.tool,
)
def test_facts(confinement: Confinement, asked: PermissionRequest, expected: str) -> None:
    assert facts(look(asked, confinement)) == expected


def test_relative_paths_start_where_the_agent_is(confinement: Confinement, project: Path) -> None:
    found = look(request(command="touch x ../y ../../z", cwd=str(project / "src")), confinement)
    assert found.written == ("src/x", "y")
    assert found.outside_writes == (str(project.parent / "z"),)


def test_secrets_of_paths_and_commands(confinement: Confinement) -> None:
    assert look(request(tool="file_read", kind="read", paths=(("innocent_name", "read"),)), confinement).secrets
    assert look(request(command="cat innocent_name"), confinement).secrets
    assert not look(request(command="cat a.py"), confinement).secrets


RULES = parse_rules(
    "## Allowed Operations\n- Shell: `pytest *`, `ls *`\n- File Write: `src/**`\n- File Read: `../shared/**`\n- Git: `push origin *`\n"
    "- Tool: `peer_*`\n## Denied Operations\n- Shell: `rm *`\n- File Write: `src/gen/`\n- File Read: `data/**`\n- Git: `push --force`\n"
    "- Tool: `fetch*`\n- `docs/**`\n"
)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (request(command="pytest && rm a.py"), 8),
        (request(command='eval "$X"; rm a.py'), 8),
        (write("src/gen/a.py"), 9),
        (request(command="touch src/gen/a.py"), 9),
        (request(tool="file_read", kind="read", paths=(("data/a.csv", "read"),)), 10),
        (request(command="cat data/a.csv"), 10),
        (request(tool="git", kind="execute", target="push --force"), 11),
        (request(tool="git", kind="execute", target="git push -u --force"), 11),
        (request(command="git push --force"), 11),
        (request(tool="fetch_content", kind="network"), 12),
        (write("docs/a.md"), 13),
        (write("src/a.py"), None),
        (request(command="pytest -q"), None),
        (request(tool="git", kind="execute", target="status"), None),
    ],
)
def test_the_line_that_denies(confinement: Confinement, asked: PermissionRequest, line: int | None) -> None:
    operation = denied_operation(RULES.denied, asked, look(asked, confinement))
    assert (operation.line if operation else None) == line


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (request(command="pytest -q"), 2),
        (request(command="pytest -q && ls src"), 2),
        (request(command="pytest -q && cp a.py b.py"), None),
        (request(command="ls ../outside"), None),
        (write("src/a.py"), 3),
        (write("a.py"), None),
        (write("src/../../src/a.py"), None),
        (request(tool="git", kind="execute", target="push origin main"), 5),
        (request(tool="git", kind="execute", target="push evil main"), None),
        (request(tool="peer_message", kind="coordinate"), 6),
        (request(tool="shell"), None),
    ],
)
def test_the_line_that_allows(confinement: Confinement, asked: PermissionRequest, line: int | None) -> None:
    operation = allowed_operation(RULES.allowed, asked, look(asked, confinement))
    assert (operation.line if operation else None) == line
