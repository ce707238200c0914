"""The tables of commands: lower case, no command in two minds, and each entry has the effect that it promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomkin_jupyter.policy.command_table import (
    DESTRUCTIVE,
    DESTRUCTIVE_GIT,
    DEVICES,
    LEADING_VALUES,
    NETWORK,
    NETWORK_VERBS,
    READERS,
    SHELLS,
    TEXT_ONLY,
    WRAPPERS,
)
from loomkin_jupyter.policy.commands import effects


def test_no_command_is_in_two_minds() -> None:
    for harmless in (READERS, TEXT_ONLY):
        assert not harmless & (DESTRUCTIVE | NETWORK | SHELLS | set(WRAPPERS))
    assert not NETWORK & set(NETWORK_VERBS)
    assert not SHELLS & set(WRAPPERS)
    assert set(LEADING_VALUES) <= set(WRAPPERS)


@pytest.mark.parametrize("name", sorted(NETWORK))
def test_every_network_command_is_seen(name: str, project: Path) -> None:
    assert effects(f"{name} x", project).network
    assert effects(f"env A=1 /usr/bin/{name} x", project).network


@pytest.mark.parametrize(("name", "verbs"), NETWORK_VERBS.items(), ids=list(NETWORK_VERBS))
def test_every_network_verb_is_seen(name: str, verbs: frozenset[str], project: Path) -> None:
    for verb in verbs or {"anything"}:
        assert effects(f"{name} {verb} x", project).network, verb
        assert effects(f"true && {name} -q {verb}", project).network or name in ("git", "uv", "hatch"), verb


@pytest.mark.parametrize("name", sorted(DESTRUCTIVE))
def test_every_destructive_command_is_seen(name: str, project: Path) -> None:
    assert effects(f"true; {name} x", project).destructive


@pytest.mark.parametrize(("verb", "flags"), DESTRUCTIVE_GIT.items(), ids=list(DESTRUCTIVE_GIT))
def test_every_destructive_flag_of_git_is_seen(verb: str, flags: frozenset[str], project: Path) -> None:
    for flag in flags or {""}:
        assert effects(f"git -C src {verb} {flag} x", project).destructive, flag


@pytest.mark.parametrize("name", sorted(READERS - TEXT_ONLY - {"cd", "pushd", "popd"}))
def test_readers_write_nothing(name: str, project: Path) -> None:
    found = effects(f"{name} x ../outside/passwd", project)
    assert not found.writes_outside
    assert not found.destructive


@pytest.mark.parametrize("device", sorted(DEVICES))
def test_standard_devices_are_no_files(device: str, project: Path) -> None:
    found = effects(f"echo x > {device}; cat < {device}", project)
    assert not found.writes_outside
    assert not found.reads_outside
