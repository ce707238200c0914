"""Reading who said what from the messages of a request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.agents.prompt import envelope_text
from loomkin_jupyter.models.playbook.transcript import Heard, heard, read


def test_heads_as_the_prompt_writes_them():
    texts = [
        envelope_text("lead", "task", "T3: profile"),
        envelope_text("ada", "message", "see\n[1] here", task="T3", trusted=False),
        envelope_text("loomkin", "notice", "T3 completed"),
        envelope_text("user", "guidance", "faster"),
    ]
    expected = [
        Heard("T3: profile", "lead", "task"),
        Heard("see\n[1] here", "ada", "message", "T3"),
        Heard("T3 completed", "loomkin", "notice"),
        Heard("faster", "user", "guidance"),
    ]
    assert [h for text in texts for h in heard(text)] == expected
    assert heard("\n\n".join(texts)) == expected
    assert heard("please audit") == [Heard("please audit")]


def test_a_member_starts_at_its_task():
    messages = [
        {"role": "system", "content": "You are ada-2 (researcher) in team x y.\nmore"},
        {"role": "user", "content": "[notice] welcome"},
        {"role": "user", "content": [{"type": "text", "text": "[task from lead]\nT4: look"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "function": {"name": "look"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "seen"},
    ]
    script = read(messages)
    assert (script.agent, script.role, script.team, script.task) == ("ada-2", "researcher", "x y", "T4")
    assert script.results == {"c1": "seen"}
    assert len(script.events) == 1


def test_no_messages_is_a_transcript_too():
    assert read([]).events == ()


@given(st.text(max_size=100))
def test_any_text_can_be_heard(text: str):
    assert all(isinstance(part, Heard) for part in heard(text))
