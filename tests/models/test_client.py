"""The client against real HTTP through the real LiteLLM: answers, money, retries, failures, cancelling, dying gateways."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.core.ports import ModelAnswer, ModelEvent, ModelRequest, Retrying, TextDelta
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.models.client import GatewayClient
from loomkin_jupyter.testing.scripted import Call, Reply, ScriptedServer, ScriptRequest, in_order

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENAI, ANTHROPIC = "openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"
SYSTEM = {"role": "system", "content": "You are ada (lead) in team t."}


def request(model: str, text: str = "hi", **rest: Any) -> ModelRequest:
    return ModelRequest(id="r1", model=model, messages=[SYSTEM, {"role": "user", "content": text}], **rest)


async def ask(client: GatewayClient, wanted: ModelRequest) -> tuple[ModelAnswer, list[ModelEvent]]:
    events = [event async for event in client.stream(wanted)]
    answer = events[-1]
    assert isinstance(answer, ModelAnswer)
    return answer, events


async def failure(client: GatewayClient, wanted: ModelRequest) -> ModelFailed:
    with pytest.raises(ModelFailed) as raised:
        await ask(client, wanted)
    return raised.value


async def test_answers_are_whole_and_metered(client: GatewayClient, server: ScriptedServer):
    reply = Reply("looking now", [("shell", {"command": "ls"}), Call("file_read", "{bad")], usage=Usage(1000, 20, 400))
    tool = {"type": "function", "function": {"name": "shell", "description": "d", "parameters": {"type": "object"}}}
    for model, cost in ((OPENAI, 600 * 150 + 400 * 75 + 20 * 600), (ANTHROPIC, 600 * 3000 + 400 * 300 + 20 * 15000)):
        server.script = in_order(reply)
        answer, events = await ask(client, request(model, tools=[tool]))
        assert answer.text == "looking now" == "".join(e.text for e in events if isinstance(e, TextDelta))
        assert [(c.name, c.arguments) for c in answer.calls] == [("shell", '{"command": "ls"}'), ("file_read", "{bad")]
        assert all(call.id for call in answer.calls)
        assert answer.finish == "tool_calls"
        assert answer.usage == Usage(1000, 20, 400)
        assert answer.cost_nano == cost
        assert answer.attempts == 1
        assert server.requests[-1].agent == "ada"
        assert server.requests[-1].tools == ["shell"]


@pytest.mark.parametrize("status", [429, 500, 503, 529])
@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
async def test_passing_troubles_are_retried(client: GatewayClient, server: ScriptedServer, model: str, status: int):
    server.script = in_order(Reply("busy", status=status, headers={"Retry-After": "7"}), "fine")
    before = len(server.requests)
    answer, events = await ask(client, request(model))
    assert answer.text == "fine"
    assert answer.attempts == 2
    assert len(server.requests) - before == 2
    retries = [event for event in events if isinstance(event, Retrying)]
    assert len(retries) == 1
    if status == 429:
        assert retries[0].wait_s == 7


async def test_a_broken_stream_is_repeated_and_its_waste_shown(client: GatewayClient, server: ScriptedServer):
    for model in (OPENAI, ANTHROPIC):
        server.script = in_order(Reply("half of an answer", piece=4, cut_after=4), "whole")
        answer, _ = await ask(client, request(model))
        assert answer.text == "whole"
        assert len(answer.wasted) == 1
        usage, cost = answer.wasted[0]
        assert usage.input > 0
        assert cost is not None and cost > 0


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "bad", "bad_request"),
        (401, "bad key", "auth"),
        (403, "no", "auth"),
        (404, "no such model", "not_found"),
        (400, "prompt is too long: maximum context length is 128000 tokens", "context_too_long"),
    ],
)
@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
async def test_lasting_troubles_fail_at_once(
    client: GatewayClient, server: ScriptedServer, model: str, status: int, text: str, kind: str
):
    server.script = in_order(Reply(text, status=status))
    before = len(server.requests)
    error = await failure(client, request(model))
    assert error.kind == kind
    assert error.remedy
    assert len(server.requests) - before == 1


async def test_a_wrong_key_names_variable_and_way_out(client: GatewayClient, server: ScriptedServer):
    key = server.environment()["OPENAI_API_KEY"]
    server.script = in_order(Reply(f"Incorrect API key provided: {key}", status=401))
    error = await failure(client, request(OPENAI))
    assert "OpenAI" in error.message
    assert "OPENAI_API_KEY" in error.remedy
    assert "loomkin/playbook" in error.remedy
    assert key not in str(error)


@pytest.mark.parametrize(
    "raw", ["<html>", "", "data: {no\n\n", '{"choices": []}', "data: [DONE]\n\n", '{"choices": null}']
)
@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
async def test_what_is_no_answer_is_broken_and_repeated(
    client: GatewayClient, server: ScriptedServer, model: str, raw: str
):
    server.script = in_order(Reply(raw=raw, content_type="text/event-stream"), "fine")
    answer, _ = await ask(client, request(model))
    assert (answer.text, answer.attempts) == ("fine", 2)


async def test_attempts_are_limited(client: GatewayClient, server: ScriptedServer):
    server.script = lambda request: Reply("busy", status=500)
    before = len(server.requests)
    error = await failure(client, request(OPENAI))
    assert error.kind == "unavailable"
    assert "4 attempts" in error.message
    assert len(server.requests) - before == 4


async def test_unknown_providers_and_missing_keys_are_refused_without_a_gateway():
    client = GatewayClient(environment={})
    for model, kind, word in (
        ("opnai/gpt-5", "not_found", "Did you mean openai"),
        ("gpt-5", "not_found", "openai/gpt-5"),
        ("anthropic/claude-sonnet-4-5", "auth", "ANTHROPIC_API_KEY"),
    ):
        error = await failure(client, request(model))
        assert error.kind == kind
        assert word in str(error)
    assert client.statistics()["gateways"] == 0
    await client.close()


async def test_a_killed_gateway_is_a_passing_trouble(client: GatewayClient, server: ScriptedServer):
    server.script = in_order(Reply("half of an answer", piece=4, hold="never", hold_after=4), "whole")
    events: list[ModelEvent] = []
    started = max(client.statistics()["gateways"], 1)
    async for event in client.stream(request(OPENAI)):
        events.append(event)
        if isinstance(event, TextDelta) and len(events) == 1:
            os.kill(client.statistics()["pid"], signal.SIGKILL)
    answer = events[-1]
    assert isinstance(answer, ModelAnswer)
    assert (answer.text, answer.attempts, len(answer.wasted)) == ("whole", 2, 1)
    assert client.statistics()["gateways"] == started + 1


async def test_closing_the_iterator_cancels_the_call(client: GatewayClient, server: ScriptedServer):
    server.script = in_order(Reply("on and on", piece=2, hold="stop", hold_after=3), "next")
    stream = client.stream(request(OPENAI))
    assert isinstance(await anext(stream), TextDelta)
    await stream.aclose()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert client.statistics()["open_calls"] == 0
    assert (await ask(client, request(OPENAI)))[0].text == "next"


async def test_silence_is_a_timeout(server: ScriptedServer):
    client = GatewayClient(environment=server.environment(), attempts=1, timeout_s=1)
    server.script = in_order(Reply("late", hold="silence"))
    try:
        error = await failure(client, request(OPENAI))
    finally:
        server.event("silence").set()
        await client.close()
    assert error.kind == "timeout"


async def test_a_hundred_calls_at_once(client: GatewayClient, server: ScriptedServer):
    def echo(asked: ScriptRequest) -> str:
        return f"you said {asked.last}"

    server.script = echo
    answers = await asyncio.gather(*(ask(client, request(OPENAI, f"n{n}")) for n in range(100)))
    assert [answer.text for answer, _ in answers] == [f"you said n{n}" for n in range(100)]


async def test_unknown_prices_are_unknown(client: GatewayClient, server: ScriptedServer):
    server.script = in_order("hi")
    answer, _ = await ask(client, request("openai/my-own-model"))
    assert answer.cost_nano is None
    assert answer.usage.total > 0


async def test_counting_needs_no_gateway_and_uses_one_that_runs(client: GatewayClient, server: ScriptedServer):
    idle = GatewayClient(environment={})
    assert await idle.count(OPENAI, "x" * 40) == 10
    server.script = in_order("hi")
    await ask(client, request(OPENAI))
    assert 1 <= await client.count(OPENAI, "hello there people") <= 6
    assert await client.count(OPENAI, "") == 0


async def given_up_at_once(server: ScriptedServer) -> GatewayClient:
    """Return a client whose first call was cancelled while its gateway was on the way."""
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    client = GatewayClient(environment={**path, **server.environment()}, attempts=1, seed=1)
    call = asyncio.ensure_future(ask(client, request(OPENAI)))
    while client.statistics()["gateways"] == 0:  # noqa: ASYNC110 - nobody is told of it
        await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait({call})
    assert call.cancelled()
    return client


async def test_a_call_given_up_while_the_gateway_comes_leaves_it_to_the_next(server: ScriptedServer):
    client = await given_up_at_once(server)
    server.script = in_order("Here.")
    answer, _ = await ask(client, request(OPENAI))
    assert (answer.text, client.statistics()["gateways"]) == ("Here.", 1)
    await client.close()


async def test_closing_ends_a_gateway_that_is_still_coming(server: ScriptedServer):
    client = await given_up_at_once(server)
    await client.close()
    assert client.statistics()["pid"] is None
    assert "closed" in (await failure(client, request(OPENAI))).message


async def test_a_closed_client_says_so(server: ScriptedServer):
    client = GatewayClient(environment=server.environment())
    await client.close()
    assert (await failure(client, request(OPENAI))).kind == "gateway"


async def test_a_key_of_the_keyring_is_looked_for_once_and_used(server: ScriptedServer) -> None:
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    bases = {name: url for name, url in server.environment().items() if "BASE" in name}
    asked: list[str] = []

    def keyring(provider: str) -> dict[str, str]:
        asked.append(provider)
        return {"OPENAI_API_KEY": "kept-in-the-keyring-1"} if provider == "openai" else {}

    made = GatewayClient(environment={**path, **bases}, timeout_s=60, find_keys=keyring)
    try:
        server.script = in_order("without a key", "with one: kept-in-the-keyring-1, of course", "again")
        before = len(server.requests)
        await ask(made, request(ANTHROPIC))
        answer, events = await ask(made, request(OPENAI))
        await ask(made, request(OPENAI))
    finally:
        await made.close()
    sent = [one.headers.get("authorization") for one in server.requests[before + 1 :]]
    assert sent == ["Bearer kept-in-the-keyring-1"] * 2 and asked == ["anthropic", "openai"]
    shown = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert answer.text == shown == "with one: [redacted], of course"
