"""Secrets leave no trace: exact values of known keys, and shapes of well-known tokens, become ``[redacted]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MARK = "[redacted]"
_SECRET_NAME = re.compile(
    r"(API_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PRIVATE_?KEY|ACCESS_?KEY)", re.IGNORECASE
)
_SHAPES = re.compile(
    r"sk-(?:ant-|proj-)?[A-Za-z0-9_\-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{30,}"
    r"|AKIA[0-9A-Z]{16}"
    r"|AIza[0-9A-Za-z_\-]{35}"
    r"|xox[abprs]-[A-Za-z0-9\-]{10,}"
    r"|hf_[A-Za-z0-9]{30,}"
    r"|eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)
_SHORTEST = 8
_LONGEST = 400
_MAY_BE_SECRET = "".join(map(chr, range(33, 127)))


def is_secret_name(name: str) -> bool:
    """Return whether an environment variable of this name holds a secret by the field's conventions."""
    return _SECRET_NAME.search(name) is not None


class Redactor:
    """Replaces secrets in text. Values shorter than eight characters are left alone: they would hit ordinary words."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.add(values)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Redactor:
        """Return a redactor that knows the secrets of ``environment``."""
        return cls(value for name, value in environment.items() if is_secret_name(name))

    def add(self, values: Iterable[str]) -> None:
        """Learn more values."""
        self._values.update(value for value in values if len(value) >= _SHORTEST)
        ordered = sorted(self._values, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(value) for value in ordered)) if ordered else None

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets."""
        if len(text) < _SHORTEST:
            return text
        if self._pattern is not None:
            text = self._pattern.sub(MARK, text)
        return _SHAPES.sub(MARK, text)


class RedactedStream:
    """Redacts a text that comes in pieces: the end of a piece waits while it may be the beginning of a secret."""

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        self._waiting = ""

    def feed(self, piece: str) -> str:
        """Return what may be shown now."""
        text = self._waiting + piece
        # No secret has a space in it; what is longer than any key is none.
        cut = len(text) - len(text.rstrip(_MAY_BE_SECRET))
        keep = cut if cut <= _LONGEST else 0
        self._waiting = text[len(text) - keep :]
        return self._redact(text[: len(text) - keep])

    def rest(self) -> str:
        """Return what still waited: nothing follows it."""
        text, self._waiting = self._waiting, ""
        return self._redact(text)
