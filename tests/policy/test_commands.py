"""Rules of commands: an allowance needs every part to fit, a denial needs one, and uncertainty never allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomkin_jupyter.policy.commands import allows, denies, denies_text, effects

SIMPLE = ["pytest -q", "git status", "ls src", "make test", "rm a.py", "python a.py", "cat a.py"]
JOINERS = [" && ", "; ", " | ", " || ", "\n"]
fixed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@given(st.lists(st.sampled_from(SIMPLE), min_size=1, max_size=5), st.sampled_from(JOINERS))
@fixed
def test_a_chain_is_allowed_when_every_link_is(project: Path, commands: list[str], joiner: str) -> None:
    found = effects(joiner.join(commands), project)
    patterns = ["pytest *", "git status", "ls *", "make test"]
    assert allows(patterns, found) is all(command in SIMPLE[:4] for command in commands)


@given(st.lists(st.sampled_from(SIMPLE), min_size=1, max_size=5), st.sampled_from(JOINERS))
@fixed
def test_a_chain_is_denied_when_one_link_is(project: Path, commands: list[str], joiner: str) -> None:
    assert denies("rm *", effects(joiner.join(commands), project)) is ("rm a.py" in commands)


@pytest.mark.parametrize(
    ("pattern", "command", "fits"),
    [
        ("pytest *", "pytest", True),
        ("pytest *", "pytest -q tests", True),
        ("pytest *", "pytest2", False),
        ("pytest", "pytest -q", False),
        ("git  status", "git status", True),
        ("git *", "git status", True),
        ("*", "ls", True),
        ("ls *", "./ls x", False),
        ("ls *", "/bin/ls x", False),
        ("ls *", "A=1 ls x", False),
        ("ls *", "ls $(rm a.py)", False),
        ("ls *", "ls; rm a.py", False),
        ("ls *", "ls > /opt/x", False),
        ("ls *", "ls > LOOMKIN.md", False),
        ("ls *", "env ls x", False),
        ("*", "bash", False),
        ("*", "cat .env", False),
        ("cat *", "cat ../outside/passwd", False),
        ("cat *", "cat link_out/passwd", False),
        ("cat *", "cat $X", False),
        ("*", "cd /tmp && ls", False),
    ],
)
def test_what_an_allowance_fits(project: Path, pattern: str, command: str, fits: bool) -> None:
    assert allows([pattern], effects(command, project)) is fits


@pytest.mark.parametrize(
    ("pattern", "command"),
    [
        ("git push", "git push origin main"),
        ("git push", "git -C src push"),
        ("git push", "/usr/bin/git push"),
        ("git push", "env A=1 git push"),
        ("git push", "bash -o pipefail -c 'git push'"),
        ("git push", "true | xargs git push"),
        ("rm -rf *", "rm -r -f x"),
        ("rm -rf *", "rm -fr x"),
        ("git push --force", "git push origin --force"),
        ("curl *", "curl"),
        ("*", "anything"),
    ],
)
def test_another_spelling_is_denied_too(project: Path, pattern: str, command: str) -> None:
    assert denies(pattern, effects(command, project))


def test_what_is_not_understood_is_denied_by_its_text(project: Path) -> None:
    command = 'eval "$X"; git   push'
    found = effects(command, project)
    assert not found.parsed and found.problem
    assert denies_text("git push", command)
    assert denies_text("git push *", command)
    assert not denies_text("git pull", command)
    assert not denies("", found)
