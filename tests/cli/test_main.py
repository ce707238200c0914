"""The command itself: help without weight, nearest names, errors as sentences, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loomkin_jupyter.cli import look
from tests.cli.conftest import Loomkin


def test_help_lists_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\nfrom loomkin_jupyter.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'pandas', 'rich', 'litellm', 'IPython', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    for word in ("run", "doctor", "forget", "_LOOMKIN_COMPLETE", "Exit codes"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["statsu"], "Did you mean status"),
        (["xyz"], "A request is a sentence in quotes"),
        (["run", "x", "--trsut", "full"], "--trust"),
        (["run"], "Missing argument"),
        (["run", "x", "--trust", "balancd"], "balanced"),
        (["run", "x", "--share", "al"], "schema"),
        (["run", "x", "--data", "f"], "NAME=FILE"),
        (["run", "x", "--data", "f=/nowhere.csv"], "no such file"),
        (["run", "x", "--roles", "codr"], "coder"),
        (["run", "x", "--budget", "much"], "--budget"),
        (["run", "x", "--project", "/nowhere"], "/nowhere"),
        (["run", "x", "--project", "/"], "home directory or the root"),
        (["graph", "--format", "png"], "mermaid"),
    ],
)
def test_wrong_usage_is_2_and_names_what_is_valid(loomkin: Loomkin, arguments: list[str], hint: str):
    code, _, err = loomkin(*arguments)
    assert code == 2, err
    assert hint in err
    assert "Traceback" not in err


def test_an_unknown_provider_is_refused_fast_with_a_remedy(loomkin: Loomkin):
    code, _, err = loomkin("run", "x", "--model", "opnai/gpt-4o")
    assert code == 2  # a mistake in the arguments, like any other
    assert "openai" in err
    assert "loomkin/playbook" in err


def test_every_command_explains_itself(loomkin: Loomkin):
    from loomkin_jupyter.cli.main import ALIASES, COMMANDS

    for name in (*COMMANDS, *ALIASES):
        code, out, _ = loomkin(name, "--help")
        assert code == 0
        assert "Usage: loomkin" in out


def test_a_defect_is_a_sentence_and_a_file_not_a_traceback(
    loomkin: Loomkin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def broken(project: str | None, as_json: bool) -> int:
        raise ZeroDivisionError("by zero")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(look.status, "callback", broken)
    code, _, err = loomkin("status")
    assert code == 1
    assert "ZeroDivisionError: by zero" in err
    assert "Traceback" not in err
    (log,) = tmp_path.rglob("error.log")
    assert "broken" in log.read_text()
    monkeypatch.setenv("LOOMKIN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        from loomkin_jupyter.cli.main import main

        main(["status"])
