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


ONE_OF_PRESETS = "Choose one of strict, balanced, autonomous, full."

BAD_INPUT: list[tuple[list[str], int, str, str]] = [
    (["run", ""], 2, "The request is empty.", "Write what the team should do"),
    (["run", "  "], 2, "The request is empty.", "Write what the team should do"),
    (["run", "x", "--budget", "-1"], 2, "--budget -1 is no amount of dollars.", "Give a number of 0 or more"),
    (["run", "x", "--budget", "nan"], 2, "--budget nan is no amount of dollars.", "Give a number of 0 or more"),
    (["run", "x", "--data", "x"], 2, "--data x: expected NAME=FILE.", "For example --data flights=flights.csv."),
    (
        ["run", "x", "--data", "x=missing.csv"],
        2,
        "missing.csv: there is no such file.",
        "Give the path of a data file.",
    ),
    (["run", "x", "--data", "1x=missing.csv"], 2, "'1x' cannot be a variable's name.", "Use letters, digits and _."),
    (["run", "x", "--model", "nonsense"], 2, "The model 'nonsense' names no provider.", "Write provider/model"),
    (["run", "x", "--trust", "ful"], 2, "--trust 'ful' is no preset. Did you mean full?", ONE_OF_PRESETS),
    (["run", "x", "--share", "all"], 2, "--share 'all' is no sharing level.", "Choose one of schema, stats"),
    (["run", "x", "--team", ""], 2, "--team '' is no team's name.", "leave it out for main"),
    (["run", "x", "--roles", "codr"], 2, "There is no role 'codr'. Did you mean coder?", "Roles: analyst"),
    (["run", "@adda look"], 2, "@adda names no agent, variable or file", "Nothing was sent."),
    (["run", "x", "--project", "/nonexistent"], 2, "The project /nonexistent is not a directory.", "Give --project"),
    (["resume", "--project", "/nonexistent"], 2, "The project /nonexistent is not a directory.", "Give --project"),
    (["status"], 1, "There is no Loomkin record in", "Start a team with loomkin run"),
    (["why", "nothing"], 1, "There is no Loomkin record in", "Start a team with loomkin run"),
    (["why", ""], 2, "What to explain is empty.", "Name a decision (D7)"),
    (["graph", "--format", "pdf"], 2, "'pdf' is not one of 'list', 'json'", "loomkin graph --help explains it."),
    (["approve"], 2, "Missing argument 'QUESTION'.", "loomkin approve --help explains it."),
    (["approve", "Q99"], 1, "No team is running in", "loomkin resume"),
    (["deny"], 2, "Missing argument 'QUESTION'.", "loomkin deny --help explains it."),
    (["stop"], 1, "No team is running in", "loomkin resume"),
    (["undo"], 1, "There is no change of any file to undo.", "shows what was done"),
    (["queue", "move", "lead:1", "0"], 2, "0 is not in the range x>=1", "loomkin queue move --help explains it."),
    (["demo", "--keep", "/"], 2, "--keep /: the folder is not empty.", "Name a new one."),
    (["statsu"], 2, "There is no command 'statsu'. Did you mean status?", "loomkin --help explains it."),
    ([], 2, "a request or a command is missing.", "Commands:"),
]


@pytest.mark.parametrize(("arguments", "code", "said", "remedy"), BAD_INPUT)
def test_bad_input_is_told_with_what_was_given_and_what_to_do(
    loomkin: Loomkin, arguments: list[str], code: int, said: str, remedy: str
):
    ended, _, err = loomkin(*arguments)
    assert ended == code, err
    assert said in err
    assert remedy in err
    assert any(line.startswith("loomkin: ") for line in err.splitlines())
    for wrong in ("?.", "..", "Traceback", "  \n"):
        assert wrong not in err.replace("…", "").replace("...", ""), err


def test_nothing_to_resume_or_forget_is_no_mistake(loomkin: Loomkin):
    assert loomkin("forget")[0] == 0
    code, _, err = loomkin("resume")
    assert (code, "Nothing was interrupted" in err) == (0, True)
    code, _, err = loomkin("forget")
    assert code == 2
    assert "Add --yes." in err


def test_a_wrong_value_of_a_setting_ends_in_one_mark(loomkin: Loomkin, project: Path):
    (project / ".loomkin.toml").write_text('[permissions]\npreset = "ful"\n')
    _, _, err = loomkin("resume")
    assert "not 'ful' (did you mean full?);" in err
