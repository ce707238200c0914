"""The sandbox, run for real where bubblewrap works: what a command can read, write and reach."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from loomkin_jupyter.policy.sandbox import available, cleaned, wrap

pytestmark = pytest.mark.usefixtures("sandboxed")


def run(project: Path, script: str) -> subprocess.CompletedProcess[str]:
    environment = cleaned({"MARK": "x", "EVIL_API_KEY": "canary"})
    argv = wrap(["sh", "-c", script], root=project, cwd=project, environment=environment)
    return subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_off_says_why() -> None:
    assert "sandbox.use" in available("off").reason


def test_the_project_is_writable_and_nothing_else(project: Path) -> None:
    assert run(project, "echo hi > out/x && cat out/x").stdout == "hi\n"
    assert (project / "out" / "x").read_text() == "hi\n"
    for script in (
        "touch /etc/x",
        "touch /usr/x",
        "echo x >> LOOMKIN.md",
        "echo x >> .git/config",
        "touch .git/hooks/pre-commit",
    ):
        assert run(project, script).returncode != 0, script
    run(project, "touch /tmp/of-the-sandbox")
    assert not Path("/tmp/of-the-sandbox").exists()


def test_secrets_are_masked_everywhere(project: Path) -> None:
    assert run(project, "cat .env src/.env keys/server.pem innocent_name").stdout == ""
    seen = run(project, "env; cat /proc/1/environ").stdout
    assert "MARK=x" in seen
    assert "canary" not in seen


def test_the_network_and_other_processes_are_out_of_reach(project: Path) -> None:
    assert run(project, "cat /proc/net/dev | wc -l").stdout.strip() == "3"
    assert int(run(project, "ls -d /proc/[0-9]* | wc -l").stdout) < 10
