"""Choosing a step from the history."""

from __future__ import annotations

from loomkin_jupyter.testing.script import Reply, ScriptRequest, address, in_order, steps


def request(agent: str = "ada", answers: int = 0) -> ScriptRequest:
    messages = [{"role": "assistant", "content": "x"}] * answers
    return ScriptRequest(
        number=0,
        dialect="openai",
        model="m",
        messages=messages,
        tools=[],
        stream=True,
        headers={},
        body={},
        agent=agent,
        role="coder",
    )


def test_the_first_line_names_the_agent():
    assert address("You are ada-2 (coder) in team my team.\nmore") == ("ada-2", "coder", "my team")
    assert address("Be nice.") == ("", "", "")


def test_steps_by_name_role_and_for_everybody():
    script = steps({"ada": ["a"], "coder": ["c"], "*": ["all"]}, last="end")
    assert script(request("ada")) == "a"
    assert script(request("bob")) == "c"
    assert script(request("ada", 1)) == "end"
    assert steps({"*": [Reply("x")]})(request("eve")) == Reply("x")


def test_in_order_ignores_who_asks():
    script = in_order("one", lambda asked: asked.agent, last="end")
    assert [script(request(name)) for name in ("ada", "bob", "eve")] == ["one", "bob", "end"]
