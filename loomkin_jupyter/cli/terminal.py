"""Questions on a terminal: shown one at a time on stderr, answered from the keyboard on a thread of their own.

A question that is answered elsewhere, or runs out of time, ends its prompt at once. Only used when stdin and stderr are
terminals; otherwise nobody is there, and the gate says no by itself.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from queue import SimpleQueue

from loomkin_jupyter.cli.keyboard import Keyboard, Woken
from loomkin_jupyter.cli.text import PlainConsole, plain, visible
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.messages import JsonObject

CHOICES: dict[str, str] = {"y": "allow_once", "r": "allow_run", "a": "always", "n": "deny"}
_CLEAR_LINE = "\r\x1b[2K"


def is_attended() -> bool:
    """Return whether a person can answer here."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


class TerminalQuestions:
    """Asks what the workspace asks; ``send`` gives the answering command to the team and says whether it was taken.

    Signals come on the loop's thread, answers are read on one of its own; the lock guards which prompt is shown.
    """

    def __init__(self, send: Callable[[JsonObject], bool], keyboard: Keyboard | None = None) -> None:
        self._send = send
        self._keyboard = keyboard or Keyboard()
        self._waiting: SimpleQueue[s.QuestionAsked] = SimpleQueue()
        self._answered: set[str] = set()
        self._console = PlainConsole(stderr=True)
        self._lock = threading.RLock()
        self._asking = ""
        self._prompt = ""
        threading.Thread(target=self._serve, name="loomkin-questions", daemon=True).start()

    def __call__(self, signal: s.Signal) -> None:
        if isinstance(signal, s.QuestionAsked):
            self._waiting.put(signal)
        elif isinstance(signal, s.QuestionAnswered):
            with self._lock:
                self._answered.add(signal.question)
                if self._asking == signal.question:
                    self._keyboard.wake()

    @contextmanager
    def aside(self) -> Generator[None]:
        """Take the prompt off the screen while somebody else writes a line, and show it again below."""
        with self._lock:
            if self._prompt:
                self._write(_CLEAR_LINE)
            yield
            if self._prompt and self._asking not in self._answered:
                self._write(self._prompt)

    def _serve(self) -> None:
        while True:
            question = self._waiting.get()
            if self._begin(question):
                try:
                    self._ask(question)
                except Woken:
                    self._end(_CLEAR_LINE)  # how it was answered stands in the story above
                else:
                    self._end("")

    def _begin(self, question: s.QuestionAsked) -> bool:
        """Make ``question`` the one that is asked; False when it has been answered."""
        with self._lock:
            if question.question in self._answered:
                return False
            self._keyboard.clear()
            self._asking = question.question
            return True

    def _end(self, last: str) -> None:
        with self._lock:
            self._asking = self._prompt = ""
            if last:
                self._write(last)

    def _ask(self, question: s.QuestionAsked) -> None:
        """Show the question and read until there is an answer to it.

        :raises Woken: when it was answered elsewhere.
        """
        with self._lock:
            self._console.print(f"\n[yellow bold]{question.handle} {plain(question.title)}[/yellow bold]")
            if question.detail:
                self._console.print(plain(question.detail[:4000]), style="dim")
            if question.kind == "question":
                for number, option in enumerate(question.options, 1):
                    self._console.print(f"  {number}. {plain(option)}")
        while True:
            with self._lock:
                self._prompt = _prompt(question)
                self._write(self._prompt)
            line = self._keyboard.line()
            with self._lock:
                self._prompt = ""
            if line is None:
                self._console.print(
                    f"\nNo answer here. From elsewhere: loomkin approve {question.handle}.", style="dim"
                )
                return
            command = answer_of(question, line.strip())
            if command is not None and self._send(command):
                return

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _prompt(question: s.QuestionAsked) -> str:
    if question.kind == "question":
        return "Your answer (a number or words): " if question.options else "Your answer: "
    scopes = f" · [a]lways ({visible(question.scopes[0])})" if question.scopes else ""
    return f"[y] allow once · [r] allow for this run{scopes} · [n] deny, with a reason if you like: "


def answer_of(question: s.QuestionAsked, line: str) -> JsonObject | None:
    """Return the command that gives ``line`` as the answer, None when it is none."""
    base: JsonObject = {"do": "answer", "question": question.handle, "where": "terminal"}
    if question.kind == "question":
        if not line:
            return None
        if line.isdecimal() and 1 <= int(line) <= len(question.options):
            line = question.options[int(line) - 1]
        return {**base, "choice": line}
    letter, _, reason = line.partition(" ")
    choice = _choice(letter.lower())
    if choice is None or (choice == "always" and not question.scopes):
        return None
    scope = question.scopes[0] if choice == "always" else ""
    return {**base, "choice": choice, "reason": reason.strip(), "scope": scope}


def _choice(word: str) -> str | None:
    """Return what one of the letters, or a whole word for it, means; None for anything else. Every n… is a no."""
    words = {"yes": "y", "allow": "y", "run": "r", "always": "a", "deny": "n"}
    return "deny" if word.startswith("n") else CHOICES.get(words.get(word, word))
