"""The playbook as a ModelPort."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.core.ports import ModelAnswer, ModelEvent, ModelRequest, TextDelta
from loomkin_jupyter.models.playbook import PlaybookProvider, parse_playbook

TEXT = """
playbook: greet
title: Greeting
match: {keywords: [hello]}
agents:
  lead:
    - {id: look, say: 'I look.', call: file_read, with: {file_path: '{{ request }}'}}
    - report: "{{ 'long ' * 100 }}"
  broken:
    - report: '{{ nothing.here }}'
"""
PROVIDER = PlaybookProvider([parse_playbook(TEXT)])


def request(*messages: dict[str, Any], agent: str = "lead", model: str = "loomkin/playbook") -> ModelRequest:
    system = {"role": "system", "content": f"You are {agent} ({agent}) in team t."}
    return ModelRequest(id="r", model=model, messages=[system, *messages])


async def ask(wanted: ModelRequest) -> tuple[list[ModelEvent], ModelAnswer]:
    events = [event async for event in PROVIDER.stream(wanted)]
    answer = events[-1]
    assert isinstance(answer, ModelAnswer)
    return events, answer


async def test_the_same_request_gets_the_same_answer():
    wanted = request({"role": "user", "content": "hello"})
    (_, first), (_, second) = await ask(wanted), await ask(wanted)
    assert first == second
    assert first.finish == "tool_calls"
    assert first.calls[0].arguments == '{"file_path": "hello"}'
    assert first.cost_nano == 0
    assert "no language model" in first.model


async def test_text_comes_in_pieces():
    call = {"id": "c", "function": {"name": "file_read", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "I look.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "seen"},
    ]
    events, answer = await ask(request(*history))
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 2
    assert "".join(pieces) == answer.text
    assert answer.finish == "stop"


async def test_no_fitting_playbook_is_a_refusal():
    _, answer = await ask(request({"role": "user", "content": "write a poem"}))
    assert answer.finish == "refused"
    assert "Greeting" in answer.text
    assert "API_KEY" in answer.text


@pytest.mark.parametrize(
    ("agent", "model"),
    [("lead", "loomkin/replay"), ("lead", "loomkin/playbook:none"), ("broken", "loomkin/playbook:greet")],
)
async def test_what_cannot_be_done_is_a_model_failure(agent: str, model: str):
    with pytest.raises(ModelFailed):
        await ask(request({"role": "user", "content": "hello"}, agent=agent, model=model))


async def test_limits_are_free_and_local():
    limits = await PROVIDER.limits("loomkin/playbook")
    assert limits.local and limits.loopback and limits.known
    assert limits.price.known
    assert await PROVIDER.count("loomkin/playbook", "x" * 8) == 2
    await PROVIDER.close()
