"""What each error of a provider's adapter means: by its type, else by its status; words decide in one case only."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litellm import exceptions as raised

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models.gateway.failures import BrokenAnswer, Silence, classify

_SPENT = Usage(input=10, output=5)


def response(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, request=httpx.Request("POST", "http://127.0.0.1/v1"))


def of(kind: type[Exception], status: int, message: str = "no", **headers: str) -> Any:
    """Return one of LiteLLM's errors as its adapters make them."""
    make: Any = kind
    try:
        return make(message, llm_provider="openai", model="m", response=response(status, **headers))
    except TypeError:
        return make(message, llm_provider="openai", model="m")


class Odd(Exception):
    """An error of no known type, with whatever status."""

    def __init__(self, message: str, status_code: object = None) -> None:
        super().__init__(message)
        self.status_code = status_code


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        (of(raised.AuthenticationError, 401), "auth", False),
        (of(raised.PermissionDeniedError, 403), "auth", False),
        (of(raised.NotFoundError, 404), "not_found", False),
        (of(raised.BadRequestError, 400), "bad_request", False),
        (of(raised.UnprocessableEntityError, 422), "bad_request", False),
        (of(raised.ContextWindowExceededError, 400), "context_too_long", False),
        (of(raised.ContentPolicyViolationError, 400), "refused", False),
        (of(raised.RateLimitError, 429), "rate_limited", True),
        (of(raised.Timeout, 408), "timeout", True),
        (of(raised.ServiceUnavailableError, 503), "unavailable", True),
        (of(raised.InternalServerError, 500), "unavailable", True),
        (of(raised.APIConnectionError, 500), "unavailable", True),
        (httpx.ReadError("reset"), "unavailable", True),
        (ConnectionResetError("reset"), "unavailable", True),
        (BrokenAnswer("half"), "broken", True),
        (Silence("nothing came"), "timeout", True),
        (Odd("teapot", 418), "bad_request", False),
        (Odd("pay", 402), "auth", False),
        (Odd("who", "401"), "auth", False),
        (Odd("slow", 408), "timeout", True),
        (Odd("much", 429), "rate_limited", True),
        (Odd("overloaded", 529), "unavailable", True),
        (Odd("strange", "none"), "broken", True),
        (KeyError("choices"), "broken", True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_the_type_or_the_status_decides(error: Exception, kind: str, transient: bool) -> None:
    frame = classify(error, 7, None)
    assert (frame.call, frame.kind, frame.transient, frame.spent) == (7, kind, transient, None)


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 8192 tokens",
        "prompt is too long: 9 > 8",
        "code: context_length_exceeded",
    ],
)
def test_a_conversation_that_is_too_long_is_told_by_words(words: str) -> None:
    assert classify(of(raised.BadRequestError, 400, words), 1, None).kind == "context_too_long"
    assert classify(Odd(words, 413), 1, None).kind == "context_too_long"
    assert classify(of(raised.RateLimitError, 429, words), 1, None).kind == "rate_limited"


def test_what_broke_after_words_had_come_is_broken_and_charged() -> None:
    for error in (of(raised.InternalServerError, 500), httpx.ReadError("reset"), of(raised.APIConnectionError, 500)):
        frame = classify(error, 1, _SPENT)
        assert (frame.kind, frame.transient, frame.spent) == ("broken", True, _SPENT)
    assert classify(of(raised.RateLimitError, 429), 1, _SPENT).kind == "rate_limited"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "7"}, 7.0), ({"Retry-After": "0.5"}, 0.5), ({"retry-after": "-3"}, 0.0), ({}, None),
     ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None)],
)  # fmt: skip
def test_when_to_come_back_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert classify(of(raised.RateLimitError, 429, **headers), 1, None).retry_after_s == seconds
    odd: Any = Odd("busy", 529)
    odd.litellm_response_headers = httpx.Headers(headers)
    assert classify(odd, 1, None).retry_after_s == seconds


def test_messages_are_cut_and_carry_no_traceback() -> None:
    frame = classify(ValueError("what failed\nTraceback (most recent call last):\n  secret/path.py"), 1, None)
    assert frame.message == "what failed"
    assert len(classify(ValueError("x" * 5_000), 1, None).message) == 1_000
    assert classify(RuntimeError(), 1, None).message == "RuntimeError"
    assert classify(of(raised.AuthenticationError, 401, "bad key"), 1, None).status == 401
