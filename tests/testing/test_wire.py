"""Both encodings carry the same answer, and requests of both come out in one format."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing import wire


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3), st.integers(1, 20))
def test_streams_carry_the_whole_answer(text: str, arguments: list[str], size: int):
    calls = [(f"c{i}", "tool", argument) for i, argument in enumerate(arguments)]
    answer = wire.events("m", "model", text, calls, Usage(10, 5, 3), "stop", size)
    spoken, written = "", [""] * len(calls)
    for chunk in wire.openai_stream(answer):
        line = chunk.decode().removeprefix("data: ").strip()
        choices: list[dict[str, Any]] = json.loads(line)["choices"] if line != "[DONE]" else []
        for choice in choices:
            spoken += choice["delta"].get("content") or ""
            found: list[dict[str, Any]] = choice["delta"].get("tool_calls", [])
            for call in found:
                written[call["index"]] += call["function"]["arguments"]
    assert (spoken, written) == (text, arguments)
    deltas = [json.loads(c.decode().split("data: ", 1)[1]) for c in wire.anthropic_stream(answer)]
    assert "".join(d["delta"].get("text", "") for d in deltas if d["type"] == "content_block_delta") == text
    pieces = "".join(d["delta"].get("partial_json", "") for d in deltas if d["type"] == "content_block_delta")
    assert pieces == "".join(arguments)


def test_whole_answers_match():
    answer = wire.events("m", "model", "hi", [("c1", "tool", '{"a": 1}')], Usage(10, 5, 3), "tool_calls", 4)
    one, two = wire.openai_whole(answer), wire.anthropic_whole(answer)
    assert one["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'
    assert two["content"][1]["input"] == {"a": 1}
    assert one["usage"]["prompt_tokens"] == two["usage"]["input_tokens"] + two["usage"]["cache_read_input_tokens"]


def test_anthropic_requests_become_openai_messages():
    body: dict[str, Any] = {
        "system": [{"type": "text", "text": "sys"}],
        "messages": [
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "t", "name": "x", "input": {}}],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "r"}]}],
            },
        ],
    }
    system, assistant, result = wire.messages_of(body)
    assert system == {"role": "system", "content": "sys"}
    assert assistant["tool_calls"][0]["function"] == {"name": "x", "arguments": "{}"}
    assert result == {"role": "tool", "tool_call_id": "t", "content": "r"}
