"""Three families of errors: for people (LoomkinError), for the model (ToolFailed, ToolRetry), and for the loop (Interrupt)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from loomkin_jupyter.core.usage import Usage


class LoomkinError(Exception):
    """Something a person must know: what happened and why, and in ``remedy`` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UsageError(LoomkinError):
    """The caller's arguments or configuration are wrong (exit code 2)."""


class StoreError(LoomkinError):
    """The database cannot be used: damaged, locked, full, or written by a newer version."""


class LeaseLost(StoreError):
    """Another process owns this team now; nothing more may be written by this one."""


class ModelFailed(LoomkinError):
    """A model call failed for good, after the client's own retries.

    ``kind`` is one of: auth, not_found, bad_request, context_too_long, rate_limited, unavailable, timeout, broken,
    gateway, refused, no_model. ``wasted`` are the estimated bills of attempts that broke off, as in ModelAnswer.
    """

    def __init__(self, kind: str, message: str, remedy: str = "", *, status: int | None = None) -> None:
        super().__init__(message, remedy)
        self.kind = kind
        self.status = status
        self.wasted: tuple[tuple[Usage, int | None], ...] = ()


class LimitReached(LoomkinError):
    """A budget cannot hold the next call; the run ends with status ``limit``."""


class ToolFailed(Exception):
    """The tool could not do it; the text is the model's to read: what, why, what to do next."""


class ToolRetry(ToolFailed):
    """The call itself was wrong (arguments, unknown name); the model should correct it and call again."""


class Interrupt(Exception):
    """Ends an agent's turn on purpose; ``notice`` is what the model reads when it goes on."""

    def __init__(self, notice: str, *, reason: str = "stopped") -> None:
        super().__init__(notice)
        self.notice = notice
        self.reason = reason


def nearest(name: str, valid: Iterable[str], most: int = 3) -> str:
    """Return `` Did you mean a, b?`` or an empty string."""
    close = difflib.get_close_matches(name, list(valid), n=most, cutoff=0.5)
    return f" Did you mean {', '.join(close)}?" if close else ""
