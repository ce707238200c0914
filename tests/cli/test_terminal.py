"""Questions at a terminal: answered from the keyboard, ended at once when somebody else was first."""

from __future__ import annotations

import contextlib
import os
import pty
from collections.abc import Iterator
from queue import Empty, Queue
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.cli.keyboard import Keyboard
from loomkin_jupyter.cli.terminal import TerminalQuestions, answer_of
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.testing.script import Reply, steps
from loomkin_jupyter.testing.scripted import ScriptedServer
from tests.cli.test_control import FETCH, OnTerminal
from tests.scenarios.conftest import CommandLine


def asked(number: int, **more: Any) -> s.QuestionAsked:
    given: dict[str, Any] = {"kind": "permission", "title": f"May I do {number}?", **more}
    return s.QuestionAsked(question=f"q_{number}", handle=f"Q{number}", **given)


def answered(number: int) -> s.QuestionAnswered:
    return s.QuestionAnswered(
        question=f"q_{number}", handle=f"Q{number}", answer="allow_once", by="user", where="panel"
    )


class Seat:
    """Questions put to somebody who types on a terminal of the test's own."""

    def __init__(self) -> None:
        self.main, child = pty.openpty()
        self._stream = os.fdopen(child, "r", encoding="utf-8")
        self.sent: Queue[dict[str, Any]] = Queue()
        self.refuse = 0
        self.questions = TerminalQuestions(self._send, Keyboard(self._stream))

    def _send(self, command: dict[str, Any]) -> bool:
        self.sent.put(command)
        self.refuse -= 1
        return self.refuse < 0

    def type(self, text: str) -> None:
        os.write(self.main, text.encode())


@pytest.fixture
def seat() -> Iterator[Seat]:
    made = Seat()
    yield made
    os.close(made.main)


def test_questions_are_asked_one_after_the_other(seat: Seat):
    seat.questions(asked(1))
    seat.questions(asked(2))
    seat.type("y\n")
    assert seat.sent.get(timeout=30)["question"] == "Q1"
    seat.type("n too much\n")
    command = seat.sent.get(timeout=30)
    assert (command["question"], command["choice"], command["reason"]) == ("Q2", "deny", "too much")


def test_one_that_was_answered_elsewhere_gives_way_to_the_next(seat: Seat):
    seat.questions(asked(1))
    seat.questions(asked(2))
    seat.questions(answered(1))
    seat.questions(asked(3))
    seat.questions(answered(3))
    seat.questions(asked(4))
    # What is typed while the first prompt ends is thrown away, and answers nobody else's: a person types it again.
    for _ in range(100):
        seat.type("y\n")
        with contextlib.suppress(Empty):
            assert seat.sent.get(timeout=0.5)["question"] == "Q2"
            return
    raise AssertionError("nothing was asked")


def test_a_refused_answer_is_asked_for_again(seat: Seat):
    seat.refuse = 1
    seat.questions(asked(1))
    seat.type("y\nn\n")
    assert [seat.sent.get(timeout=30)["choice"] for _ in range(2)] == ["allow_once", "deny"]


def test_a_line_of_the_story_takes_the_prompt_away_and_brings_it_back(seat: Seat, capsys: pytest.CaptureFixture[str]):
    shown = ""
    seat.questions(asked(1))
    while "like: " not in shown:
        with seat.questions.aside():
            shown += capsys.readouterr().err
    capsys.readouterr()
    with seat.questions.aside():
        between = capsys.readouterr().err
    assert between == "\r\x1b[2K"
    assert capsys.readouterr().err.startswith("[y] allow once")


@pytest.mark.parametrize(
    ("line", "choice"),
    [
        ("y", "allow_once"),
        ("Yes please", "allow_once"),
        ("r", "allow_run"),
        ("n", "deny"),
        ("nope", "deny"),
        ("allow", "allow_once"),
        ("", None),
        ("maybe", None),
        ("yn", None),
        ("a", None),
    ],
)
def test_only_a_clear_word_is_an_answer(line: str, choice: str | None):
    command = answer_of(asked(1), line)
    assert (command and command["choice"]) == choice


def test_always_names_its_scope():
    command = answer_of(asked(1, scopes=["src/*", "*"]), "a")
    assert command is not None
    assert (command["choice"], command["scope"]) == ("always", "src/*")


def test_a_question_takes_the_number_of_an_option_or_words():
    question = asked(1, kind="question", options=["red", "blue"])
    chosen = [answer_of(question, line) for line in ("2", "7", "green", "²")]
    assert [command and command["choice"] for command in chosen] == ["blue", "7", "green", "²"]
    assert answer_of(question, "") is None


@given(line=st.text(), scopes=st.lists(st.text(min_size=1), max_size=2))
def test_whatever_is_typed_is_an_answer_of_the_question_or_none(line: str, scopes: list[str]):
    command = answer_of(asked(1, scopes=scopes), line.strip())
    if command is not None:
        assert command["choice"] in ("allow_once", "allow_run", "always", "deny")
        assert (command["choice"] == "always") == bool(command["scope"])


def test_a_prompt_ends_at_once_when_another_terminal_answers(command_line: CommandLine, server: ScriptedServer):
    server.script = steps(
        {"lead": [FETCH, Reply(calls=[("file_write", {"file_path": "b.txt", "content": "b"})]), "Written."]}
    )
    terminal = OnTerminal(command_line, "run", "Write.", "--trust", "strict")
    try:
        terminal.until("loomkin approve Q1")
        terminal.until("allow once")
        assert command_line.run("approve", "q1").returncode == 0
        terminal.until("answered in another terminal: allowed")
        terminal.until("[y] allow once", after="loomkin approve Q2")
        terminal.type("n not that one\n")
        terminal.until("answered here: denied (not that one)")
        terminal.until("■ done")
    finally:
        code = terminal.close()
    assert code == 0
    assert (command_line.root / "made.txt").exists()
    assert not (command_line.root / "b.txt").exists()
