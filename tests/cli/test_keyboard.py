"""Lines from a terminal: whole ones, the wait for one ended from elsewhere, nothing left over for the next prompt."""

from __future__ import annotations

import os
import pty
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.cli.keyboard import Keyboard, Woken


class Typist:
    """Both ends of a terminal."""

    def __init__(self) -> None:
        self.main, child = pty.openpty()
        self.stream = os.fdopen(child, "r", encoding="utf-8")
        self.keyboard = Keyboard(self.stream)

    def type(self, text: str) -> None:
        os.write(self.main, text.encode())

    def close(self) -> None:
        self.stream.close()
        os.close(self.main)


@pytest.fixture
def typist() -> Iterator[Typist]:
    made = Typist()
    yield made
    made.close()


def test_lines_come_one_by_one(typist: Typist):
    typist.type("yes\nno, not this file\n")
    assert typist.keyboard.line() == "yes"
    assert typist.keyboard.line() == "no, not this file"


def test_the_wait_is_ended_from_another_thread(typist: Typist):
    ended: list[BaseException] = []
    waits = threading.Event()

    def wait() -> None:
        waits.set()
        try:
            typist.keyboard.line()
        except Woken as woken:
            ended.append(woken)

    reader = threading.Thread(target=wait)
    reader.start()
    waits.wait(30)
    typist.keyboard.wake()
    reader.join(30)
    assert len(ended) == 1


def test_what_was_typed_for_an_ended_prompt_answers_no_other(typist: Typist):
    typist.type("y\nhalf a li")
    typist.keyboard.wake()
    with pytest.raises(Woken):
        typist.keyboard.line()
    typist.type("n\n")
    assert typist.keyboard.line() == "n"


def test_a_wake_that_was_cleared_is_not_heard(typist: Typist):
    typist.keyboard.wake()
    typist.keyboard.wake()
    typist.keyboard.clear()
    typist.type("y\n")
    assert typist.keyboard.line() == "y"


def test_the_end_of_input_and_a_lost_terminal_are_none(typist: Typist):
    typist.type("\x04")
    assert typist.keyboard.line() is None
    os.close(typist.main)
    assert typist.keyboard.line() is None
    typist.main = os.open(os.devnull, os.O_RDONLY)


@given(
    lines=st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=200), max_size=20)
)
def test_every_line_of_a_pipe_comes_out_whole(lines: list[str]):
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as stream:
        keyboard = Keyboard(stream)
        os.write(write, "".join(f"{line}\n" for line in lines).encode())
        os.close(write)
        assert [keyboard.line() for _ in lines] == lines
        assert keyboard.line() is None
