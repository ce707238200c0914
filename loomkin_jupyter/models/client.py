"""The client of the gateway: a ModelPort that retries what passes by itself, meters every attempt, and explains the rest.

Invariant: text of an attempt that failed never counts as an answer; what the provider will bill for it is in ``wasted``.
Loop-confined: everything here runs on the portal's loop.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

import msgspec

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.ports import ModelAnswer, ModelEvent, ModelLimits, ModelRequest, Retrying, TextDelta
from loomkin_jupyter.core.redaction import RedactedStream, Redactor
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models import frames, keys, prices
from loomkin_jupyter.models.process import Died, GatewayProcess
from loomkin_jupyter.models.providers import BY_NAME, base_url, provider_name
from loomkin_jupyter.runtime.portal import run_blocking

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_LONGEST_RETRY_AFTER_S = 600.0
_GRACE_S = 15.0
_LONGEST_COUNT = 200_000


class GatewayClient:
    """Model calls through a gateway process that starts with the first one and is replaced when it dies."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        clock: Clock = SYSTEM_CLOCK,
        redactor: Redactor | None = None,
        attempts: int = 4,
        timeout_s: float = 120.0,
        seed: int | None = None,
        find_keys: Callable[[str], Mapping[str, str]] = keys.in_keyring,
    ) -> None:
        """``find_keys`` blocks: it is asked once for a provider whose key nobody has given, when it is first needed."""
        self._environment = dict(environment)
        self._clock = clock
        self._redact = redactor or Redactor.from_environment(environment)
        self._attempts = attempts
        self._timeout_s = timeout_s
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._gateway: GatewayProcess | None = None
        self._coming: asyncio.Future[GatewayProcess] | None = None
        self._closed = False
        self._limits: dict[str, ModelLimits] = {}
        self._find_keys = find_keys
        self._looked_for: set[str] = set()
        self._counts = {"calls": 0, "retries": 0, "failures": 0, "gateways": 0}

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Yield deltas and retries, at last the answer; see ModelPort."""
        provider = provider_name(request.model)
        await self._look_for_key(provider)
        keys.check_key(provider, self._environment)
        limits = await self.limits(request.model)
        self._counts["calls"] += 1
        started = self._clock.monotonic()
        wasted: list[tuple[Usage, int | None]] = []
        for attempt in itertools.count(1):
            failed: frames.CallFailed | None = None
            first: float | None = None
            frame_source = self._attempt(request)
            try:
                shown = _Shown(self._redact)
                async for frame in frame_source:
                    if isinstance(frame, frames.Delta):
                        if first is None and frame.text:
                            first = self._clock.monotonic() - started
                        for delta in shown.feed(frame):
                            yield delta
                    elif isinstance(frame, frames.Done):
                        for delta in shown.rest():
                            yield delta
                        seconds = self._clock.monotonic() - started
                        done = msgspec.structs.replace(
                            frame, text=self._redact(frame.text), reasoning=self._redact(frame.reasoning)
                        )
                        yield _answer(request, done, limits, attempt, seconds, first, tuple(wasted))
                        return
                    else:
                        failed = frame
            finally:
                await frame_source.aclose()
            assert failed is not None  # an attempt ends in Done or CallFailed
            if failed.spent is not None:
                wasted.append((failed.spent, limits.price.cost(failed.spent)))
            wait_s = self._wait(failed, attempt, provider, request.model, tuple(wasted))
            self._counts["retries"] += 1
            yield Retrying(attempt, wait_s, self._redact(failed.message))
            await self._clock.sleep(wait_s)

    async def _look_for_key(self, provider: str) -> None:
        """Take in a key that waits elsewhere; the gateway that did not have it is replaced."""
        if keys.has_key(provider, self._environment) or provider in self._looked_for:
            return
        self._looked_for.add(provider)
        found = await run_blocking(self._find_keys, provider)
        if found:
            self._environment.update(found)
            self._redact.add(found.values())
            await self._hang_up()

    async def _attempt(self, request: ModelRequest) -> AsyncGenerator[frames.Delta | frames.Done | frames.CallFailed]:
        """Yield the frames of one attempt; whatever goes wrong on the way is a CallFailed too."""
        try:
            gateway = await self._running()
        except ModelFailed as error:
            yield frames.CallFailed(0, "gateway", error.message, transient=not self._closed)
            return
        number = next(self._numbers)
        queue = gateway.open(number)
        streamed = 0
        ended = False
        gateway.send(_start(number, request, self._timeout_s))
        try:
            while not ended:
                try:
                    async with asyncio.timeout(self._timeout_s + _GRACE_S):
                        frame = await queue.get()
                except TimeoutError:
                    # The gateway itself watches the provider; if even that is silent it hangs, with every call in it.
                    gateway.kill()
                    frame = Died(f"it said nothing for {self._timeout_s + _GRACE_S:g} s")
                match frame:
                    case frames.Delta():
                        streamed += len(frame.text)
                        yield frame
                    case frames.Done() | frames.CallFailed():
                        ended = True
                        yield frame
                    case Died():
                        ended = True
                        spent = estimate(request, streamed) if streamed else None
                        message = f"The model gateway ended during the call. {frame.words}".strip()
                        yield frames.CallFailed(number, "gateway", message, transient=not self._closed, spent=spent)
                    case _:
                        pass
        finally:
            gateway.forget(number)
            if not ended:
                gateway.send(frames.CancelCall(number))

    def _wait(
        self,
        failed: frames.CallFailed,
        attempt: int,
        provider: str,
        model: str,
        wasted: tuple[tuple[Usage, int | None], ...],
    ) -> float:
        """Return how long to wait before the next attempt, or raise what a person should read."""
        wait_s = min(_FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_WAIT_S) * (0.5 + self._random.random() / 2)
        asked = failed.retry_after_s
        if asked is not None:
            wait_s = max(asked, wait_s / 4)
        if failed.transient and attempt < self._attempts and (asked is None or asked <= _LONGEST_RETRY_AFTER_S):
            return wait_s
        self._counts["failures"] += 1
        error = _for_people(failed, attempt, provider, model, self._redact(failed.message))
        error.wasted = wasted
        raise error

    async def _running(self) -> GatewayProcess:
        async with self._starting:
            if self._closed:
                raise ModelFailed("gateway", "The model client is closed.")
            if self._gateway is None or not self._gateway.alive:
                if self._gateway is not None:
                    await self._gateway.stop()
                    self._gateway = None
                self._gateway = await self._started()
            return self._gateway

    async def _started(self) -> GatewayProcess:
        """Return the gateway that comes. A call that is given up meanwhile leaves it to the next one, or to ``close``."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(GatewayProcess.start(self._for_gateway()))
            self._coming.add_done_callback(lambda coming: coming.cancelled() or coming.exception())
            self._counts["gateways"] += 1
        coming = self._coming
        try:
            return await asyncio.shield(coming)
        finally:
            if coming.done():
                self._coming = None

    def _for_gateway(self) -> dict[str, str]:
        """Return the gateway's environment: an overridden base URL without a key gets one, for LiteLLM insists on it."""
        environment = dict(self._environment)
        for name, provider in BY_NAME.items():
            if provider.keys and base_url(name, environment)[1] and not keys.has_key(name, environment):
                environment[provider.keys[0]] = "not-needed"
        return environment

    async def limits(self, model: str) -> ModelLimits:
        """Return window, output limit, price and abilities of ``model``; needs no gateway."""
        if model not in self._limits:
            provider_name(model)
            self._limits[model] = prices.limits(model, self._environment)
        return self._limits[model]

    async def count(self, model: str, text: str) -> int:
        """Return the tokens of ``text``: by the gateway's tokenizer while one runs, else four characters to a token."""
        gateway = self._gateway
        guess = max(len(text) // 4, 1) if text else 0
        if gateway is None or not gateway.alive or not text or len(text) > _LONGEST_COUNT:
            return guess
        number = next(self._numbers)
        queue = gateway.open(number)
        try:
            gateway.send(frames.CountTokens(number, model, text))
            async with asyncio.timeout(_GRACE_S):
                frame = await queue.get()
        except TimeoutError:
            return guess
        finally:
            gateway.forget(number)
        return frame.tokens if isinstance(frame, frames.Counted) else guess

    async def close(self) -> None:
        """End the gateway; calls under way fail."""
        self._closed = True
        await self._hang_up()

    async def _hang_up(self) -> None:
        async with self._starting:
            if self._coming is not None:
                self._coming.cancel()
                await asyncio.wait({self._coming})
                self._coming = None
            if self._gateway is not None:
                await self._gateway.stop()
                self._gateway = None

    def statistics(self) -> JsonObject:
        """Return counts since the start, and the gateway's process id and open calls."""
        gateway = self._gateway if self._gateway is not None and self._gateway.alive else None
        return {
            **self._counts,
            "pid": gateway.pid if gateway else None,
            "open_calls": gateway.open_calls if gateway else 0,
        }


class _Shown:
    """What of an answer is shown while it comes: a model may repeat a secret, and in pieces."""

    def __init__(self, redact: Redactor) -> None:
        self._streams = {reasoning: RedactedStream(redact) for reasoning in (True, False)}

    def feed(self, frame: frames.Delta) -> list[TextDelta]:
        """Return the deltas that may be shown now; text and reasoning each keep their own end back."""
        return self._deltas(frame.reasoning, self._streams[frame.reasoning].feed(frame.text))

    def rest(self) -> list[TextDelta]:
        """Return the ends that were kept back."""
        return [delta for kind, stream in self._streams.items() for delta in self._deltas(kind, stream.rest())]

    @staticmethod
    def _deltas(reasoning: bool, text: str) -> list[TextDelta]:
        return [TextDelta(text, reasoning)] if text else []


def _start(number: int, request: ModelRequest, timeout_s: float) -> frames.StartCall:
    return frames.StartCall(
        number, request.model, request.messages, request.tools, request.max_output, request.temperature, timeout_s
    )


def estimate(request: ModelRequest, streamed: int) -> Usage:
    """Return what a broken attempt that streamed ``streamed`` characters is charged: four characters to a token."""
    sent = len(msgspec.json.encode(request.messages)) + (len(json.dumps(request.tools)) if request.tools else 0)
    return Usage(input=max(sent // 4, 1), output=streamed // 4)


def _answer(
    request: ModelRequest,
    done: frames.Done,
    limits: ModelLimits,
    attempt: int,
    seconds: float,
    first: float | None,
    wasted: tuple[tuple[Usage, int | None], ...],
) -> ModelAnswer:
    return ModelAnswer(
        text=done.text,
        calls=tuple(done.calls),
        finish=done.finish,
        reasoning=done.reasoning,
        model=request.model,
        usage=done.usage,
        cost_nano=limits.price.cost(done.usage),
        estimated=done.estimated,
        attempts=attempt,
        latency_s=seconds,
        first_token_s=first,
        wasted=wasted,
    )


def _for_people(failed: frames.CallFailed, attempt: int, provider: str, model: str, message: str) -> ModelFailed:
    name = keys.title(provider)
    tried = f" after {attempt} attempts" if attempt > 1 else ""
    texts = {
        "auth": (f"{name} refused the key for {model}: {message}", keys.remedy(provider)),
        "not_found": (f"{name} has no model {model}: {message}", "Choose another with --model provider/model."),
        "bad_request": (f"{name} refused the request to {model}: {message}", "Choose another model with --model."),
        "context_too_long": (
            f"The conversation is too long for {model}: {message}",
            "Its oldest part must move to a keeper.",
        ),
        "refused": (f"{name} refused to answer: {message}", "Put the request in other words."),
        "rate_limited": (
            f"{name} is rate limited{tried}: {message}",
            "Wait a while, or choose another model with --model.",
        ),
        "timeout": (f"{model} did not answer in time{tried}: {message}", "Try again, or raise model.timeout_s."),
        "broken": (
            f"{model} broke its answer off{tried}: {message}",
            "Try again, or choose another model with --model.",
        ),
        "gateway": (f"The model gateway failed{tried}: {message}", "Run `loomkin doctor`."),
    }
    default = (f"{name} cannot be reached{tried}: {message}", "Check the network and the base URL, then try again.")
    text, remedy = texts.get(failed.kind, default)
    return ModelFailed(failed.kind, text, remedy, status=failed.status)
