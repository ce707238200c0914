"""What was sent is put together again exactly as it left, without secrets, from what each request added."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.redaction import MARK, Redactor
from loomkin_jupyter.core.requests import Outgoing, size_of, whole
from loomkin_jupyter.core.signals import RequestSent


def _message(role: str, text: str | None) -> JsonObject:
    return {"role": role, "content": text}


MESSAGE = st.builds(
    _message,
    st.sampled_from(["system", "user", "assistant"]),
    st.sampled_from(["", "a", "b", "längeres 日本語", None]),
)
REQUESTS = st.lists(st.lists(MESSAGE, max_size=5), max_size=6)


def _sent(number: int, messages: list[JsonObject], outgoing: Outgoing, run: str = "r", **known: str) -> RequestSent:
    part = outgoing.take(f"ask_{number}", run, messages, Redactor(known.values()))
    return RequestSent(
        call=f"ask_{number}", model="m", bytes=part.bytes, messages=part.messages, base=part.base, first=part.first,
        last=part.last, run=run,
    )  # fmt: skip


@given(REQUESTS)
def test_every_request_is_put_together_as_it_left(requests: list[list[JsonObject]]) -> None:
    outgoing = Outgoing()
    signals = [_sent(number, messages, outgoing) for number, messages in enumerate(requests)]
    found = whole(signals)
    for signal, messages in zip(signals, requests, strict=True):
        assert found[signal.call] == messages
        assert signal.bytes == len(msgspec.json.encode(messages))


def _history(count: int, system: str = "s") -> list[JsonObject]:
    return [{"role": "system", "content": system}, *({"role": "user", "content": f"m{n}"} for n in range(count))]


def test_only_what_is_new_is_kept_also_when_the_system_prompt_changed() -> None:
    outgoing = Outgoing()
    signals = [_sent(n, _history(50 + n, f"prompt {n // 2}"), outgoing) for n in range(4)]
    assert [len(msgspec.json.decode(signal.messages)) for signal in signals] == [51, 1, 2, 1]
    assert whole(signals)["ask_3"] == _history(53, "prompt 1")


def test_another_run_begins_anew_and_stands_alone() -> None:
    outgoing = Outgoing()
    _sent(1, _history(5), outgoing)
    second = _sent(2, _history(6), outgoing, run="r2")
    assert second.base == ""
    assert whole([second])["ask_2"] == _history(6)


def test_secrets_are_out_wherever_they_stand_and_half_characters_do_no_harm() -> None:
    call = {"function": {"name": "shell", "arguments": '{"key": "a-very-secret-value"}'}}
    messages: list[JsonObject] = [
        {"role": "user", "content": [{"type": "text", "text": "a-very-secret-value \ud83d"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
    ]
    sent = _sent(1, messages, Outgoing(), key="a-very-secret-value")
    assert "secret" not in sent.messages
    first, second = whole([sent])["ask_1"]
    assert first["content"][0]["text"].startswith(MARK)
    assert second["tool_calls"][0]["function"]["arguments"] == f'{{"key": "{MARK}"}}'


def test_what_cannot_be_put_together_is_left_out() -> None:
    outgoing = Outgoing()
    first, second = (_sent(n, _history(5 + n), outgoing) for n in range(2))
    cut = RequestSent(call="old", model="m", bytes=9, messages='[{"role": "us')
    assert whole([second, cut]) == {}
    assert set(whole([first, second])) == {"ask_0", "ask_1"}


def test_the_size_of_tools_is_that_of_their_json() -> None:
    tools = [{"type": "function", "function": {"name": "shell", "description": "Grüße"}}]
    assert size_of(tools) == len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")).encode())
    assert size_of([]) == 0
