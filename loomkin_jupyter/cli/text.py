"""Text of models and tools on a terminal: it may neither colour, nor move the cursor, nor hide what stands beside it."""

from __future__ import annotations

import re

from rich.console import Console
from rich.markup import escape

# C0 and C1 but tab and newline, and the marks that turn the direction of writing.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return ``text`` with control characters shown as ``\\x1b`` instead of sent to the terminal."""
    return _CONTROL.sub(lambda found: ascii(found.group())[1:-1], text.replace("\r\n", "\n"))


def plain(text: str) -> str:
    """Return ``text`` for a rich console: shown letter by letter, whatever markup or control characters it has."""
    return escape(visible(text))


def short(text: str, most: int) -> str:
    """Return ``text`` on one line of at most ``most`` characters, safe for a rich console."""
    line = " ".join(text.split())
    return plain(line if len(line) <= most else line[: most - 1] + "…")


class PlainConsole(Console):
    """A rich console that colours only what we mark, and that says when its reader has left.

    Rich's own would point stdout, whichever stream broke, to nowhere and end the process without a word.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, soft_wrap=soft_wrap)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise  # the BrokenPipeError that rich calls this for
