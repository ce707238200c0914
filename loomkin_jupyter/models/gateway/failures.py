"""What a provider's error means: its kind, whether it passes by itself, and when to come back. By type, not by text."""

from __future__ import annotations

import re

import httpx
from litellm import exceptions as raised

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models.frames import CallFailed

_LONGEST = 1_000
_TOO_LONG = re.compile(
    r"context_length_exceeded|maximum context length|prompt is too long|context window", re.IGNORECASE
)


class BrokenAnswer(Exception):
    """The provider answered something that is no answer, or stopped in the middle."""


class Silence(Exception):
    """Nothing came for too long."""


_BY_TYPE: tuple[tuple[type[BaseException], str, bool], ...] = (
    (BrokenAnswer, "broken", True),
    (Silence, "timeout", True),
    (raised.ContextWindowExceededError, "context_too_long", False),
    (raised.ContentPolicyViolationError, "refused", False),
    (raised.AuthenticationError, "auth", False),
    (raised.PermissionDeniedError, "auth", False),
    (raised.PaymentRequiredError, "auth", False),
    (raised.NotFoundError, "not_found", False),
    (raised.RateLimitError, "rate_limited", True),
    (raised.Timeout, "timeout", True),
    (raised.BadRequestError, "bad_request", False),
    (raised.UnprocessableEntityError, "bad_request", False),
    (raised.ServiceUnavailableError, "unavailable", True),
    (raised.InternalServerError, "unavailable", True),
    (raised.APIConnectionError, "unavailable", True),
    (httpx.TransportError, "unavailable", True),
    (ConnectionError, "unavailable", True),
)
_BY_STATUS = {401: "auth", 402: "auth", 403: "auth", 404: "not_found", 408: "timeout", 429: "rate_limited"}


def classify(error: Exception, call: int, spent: Usage | None) -> CallFailed:
    """Return the frame that tells of ``error``; ``spent`` is what had been streamed before it."""
    status = _status(error)
    kind, transient = _kind(error, status)
    # The one kind that providers tell by words alone: without it a long history could never be mended.
    if kind == "bad_request" and _TOO_LONG.search(str(error)):
        kind = "context_too_long"
    if spent is not None and kind == "unavailable":
        kind = "broken"
    text = (str(getattr(error, "message", "") or error) or type(error).__name__).partition("\nTraceback")[0][:_LONGEST]
    return CallFailed(call, kind, text, transient, status, _retry_after(error), spent)


def _kind(error: Exception, status: int | None) -> tuple[str, bool]:
    for types, kind, transient in _BY_TYPE:
        if isinstance(error, types):
            return kind, transient
    if status is not None and 400 <= status < 500:
        return _BY_STATUS.get(status, "bad_request"), status in (408, 429)
    # What has no type of its own is a defect of the provider's adapter or a new 5xx: worth another try.
    return ("unavailable" if status is not None else "broken"), True


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    try:
        return int(status) if status is not None else None
    except (TypeError, ValueError):
        return None


def _retry_after(error: Exception) -> float | None:
    """Return the seconds of a Retry-After header (its date form is left to the client's own waiting)."""
    sources = [
        getattr(getattr(error, "response", None), "headers", None),
        getattr(error, "litellm_response_headers", None),
    ]
    for headers in sources:
        if headers is None:
            continue
        for name in ("retry-after", "Retry-After"):
            try:
                return max(float(headers[name]), 0.0)
            except (KeyError, TypeError, ValueError):
                continue
    return None
