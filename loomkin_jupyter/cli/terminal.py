"""Questions on a terminal: shown one at a time on stderr, read from stdin on a thread of their own.

Only used when stdin and stderr are terminals; otherwise nobody is there, and the gate says no by itself.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue

from loomkin_jupyter.cli.text import PlainConsole, plain
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.messages import JsonObject

CHOICES: dict[str, str] = {"y": "allow_once", "r": "allow_run", "a": "always", "n": "deny"}


def is_attended() -> bool:
    """Return whether a person can answer here."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


class TerminalQuestions:
    """Asks what the workspace asks; ``send`` takes the answering command and must be thread-safe."""

    def __init__(self, send: Callable[[JsonObject], None]) -> None:
        self._send = send
        self._waiting: SimpleQueue[s.QuestionAsked] = SimpleQueue()
        self._answered: set[str] = set()
        self._console = PlainConsole(stderr=True)
        threading.Thread(target=self._serve, name="loomkin-questions", daemon=True).start()

    def __call__(self, signal: s.Signal) -> None:
        if isinstance(signal, s.QuestionAsked):
            self._waiting.put(signal)
        elif isinstance(signal, s.QuestionAnswered):
            self._answered.add(signal.question)

    def _serve(self) -> None:
        while True:
            question = self._waiting.get()
            if question.question not in self._answered:
                self._ask(question)

    def _ask(self, question: s.QuestionAsked) -> None:
        self._console.print(f"\n[yellow bold]{question.handle} {plain(question.title)}[/yellow bold]")
        if question.detail:
            self._console.print(plain(question.detail[:4000]), style="dim")
        free = question.kind == "question"
        if free:
            for number, option in enumerate(question.options, 1):
                self._console.print(f"  {number}. {plain(option)}")
            prompt = "Your answer (a number or words): "
        else:
            scopes = f" · [a]lways ({question.scopes[0]})" if question.scopes else ""
            prompt = f"[y] allow once · [r] allow for this run{scopes} · [n] deny, with a reason if you like: "
        while True:
            sys.stderr.write(prompt)
            sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                return
            if question.question in self._answered:
                self._console.print("Already answered elsewhere.", style="dim")
                return
            command = self._command(question, line.strip())
            if command is not None:
                self._send(command)
                return

    def _command(self, question: s.QuestionAsked, line: str) -> JsonObject | None:
        base: JsonObject = {"do": "answer", "question": question.handle, "where": "terminal"}
        if question.kind == "question":
            if not line:
                return None
            if line.isdigit() and 1 <= int(line) <= len(question.options):
                line = question.options[int(line) - 1]
            return {**base, "choice": line}
        letter, _, reason = line.partition(" ")
        choice = CHOICES.get(letter.lower()[:1]) if letter else None
        if choice is None:
            return None
        scope = question.scopes[0] if choice == "always" and question.scopes else ""
        return {**base, "choice": choice, "reason": reason.strip(), "scope": scope}
