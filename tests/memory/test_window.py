"""Whatever a history looks like, what a provider gets is well formed, and the newest part is what stays."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.messages import AssistantEntry, Entry, JsonObject, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.core.ports import ModelLimits
from loomkin_jupyter.memory import window
from loomkin_jupyter.memory.rendering import INTERRUPTED
from loomkin_jupyter.models.playbook.transcript import read
from tests.memory.conftest import to_messages

IDS = st.sampled_from(["c1", "c2", "c3", ""])
TEXTS = st.sampled_from(["", " ", "text", "länger\n日本語"])
CALLS = st.lists(
    st.builds(ToolCall, IDS, st.just("shell"), st.sampled_from(["{}", "", "{broken", "[1]"])), max_size=3
).map(tuple)
ENTRIES = st.lists(
    st.one_of(
        st.builds(UserEntry, id=st.just("u"), text=TEXTS, pinned=st.booleans()),
        st.builds(AssistantEntry, id=st.just("a"), text=TEXTS, calls=CALLS),
        st.builds(ToolEntry, id=st.just("t"), call_id=IDS, name=st.just("shell"), text=TEXTS),
    ),
    max_size=14,
)


@given(ENTRIES)
def test_any_history_becomes_a_request_that_providers_accept(entries: list[Entry]) -> None:
    messages = to_messages(entries, "system")
    assert [message["role"] for message in messages].count("system") == 1
    assert messages[0]["role"] == "system"
    waiting: list[str] = []
    seen: set[str] = set()
    for message in messages[1:]:
        if message["role"] == "tool":
            assert waiting.pop(0) == message["tool_call_id"]
            assert message["content"]
            continue
        assert waiting == []
        waiting = [call["id"] for call in message.get("tool_calls", [])]
        assert all(call and call not in seen for call in waiting)
        seen.update(waiting)
        assert message["content"] or message.get("tool_calls")
    assert waiting == []
    assert all(a["role"] != "user" or b["role"] != "user" for a, b in itertools.pairwise(messages))


@given(ENTRIES, st.floats(0.05, 0.9))
def test_what_moves_never_parts_a_result_from_its_call(entries: list[Entry], part: float) -> None:
    oldest, large = window.choose(entries, part)
    assert large == []
    assert oldest == sorted(set(oldest))
    if oldest and oldest[-1] + 1 < len(entries):
        assert not isinstance(entries[oldest[-1] + 1], ToolEntry)


def test_a_missing_result_is_said_to_be_unknown() -> None:
    entries: list[Entry] = [
        UserEntry(id="1", text="go"),
        AssistantEntry(id="2", text="", calls=(ToolCall("x", "shell", "{}"), ToolCall("y", "shell", "{}"))),
        UserEntry(id="3", text="are you there?"),
        ToolEntry(id="4", call_id="y", name="shell", text="late"),
        ToolEntry(id="5", call_id="nobody", name="shell", text="orphan"),
    ]
    messages = to_messages(entries, "")
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "user"]
    assert messages[2]["content"] == INTERRUPTED
    assert messages[3]["content"] == "late"
    assert "orphan" not in str(messages)


def test_an_id_that_comes_twice_is_made_unique_with_its_result() -> None:
    entries: list[Entry] = []
    for text in ("first", "second"):
        entries.append(AssistantEntry(id=text, text="", calls=(ToolCall("call_0", "shell", "{}"),)))
        entries.append(ToolEntry(id=f"r{text}", call_id="call_0", name="shell", text=text))
    messages = to_messages(entries, "")
    assert [message["tool_call_id"] for message in messages if message["role"] == "tool"] == ["call_0", "call_0_2"]
    assert [message["content"] for message in messages if message["role"] == "tool"] == ["first", "second"]


def test_the_oldest_part_ends_where_a_turn_begins() -> None:
    entries: list[Entry] = []
    for number in range(10):
        entries.append(UserEntry(id=f"u{number}", text="q" * 400))
        entries.append(AssistantEntry(id=f"a{number}", text="a" * 400))
    oldest, _ = window.choose(entries, 0.3)
    assert oldest == list(range(6))


def test_pinned_entries_and_the_newest_pointers_stay() -> None:
    pointers = [UserEntry(id=f"p{n}", text=f"keeper K{n}", kind=window.POINTER, pinned=True) for n in range(10)]
    entries: list[Entry] = [UserEntry(id="goal", text="the request", pinned=True), *pointers]
    entries += [AssistantEntry(id=f"a{n}", text="a" * 400) for n in range(10)]
    oldest, _ = window.choose(entries, 0.5)
    assert oldest[:2] == [1, 2]
    assert set(range(3, 11)).isdisjoint(oldest)
    assert 0 not in oldest


@pytest.mark.parametrize(("chosen", "expected"), [(0, 100_000), (8_000, 8_000), (200_000, 100_000)])
def test_the_window_is_the_smaller_of_setting_and_model(chosen: int, expected: int) -> None:
    values = {"context.window": chosen, "context.offload_at": 0.6}
    made = window.plan([], ModelLimits(model="m", window=100_000), "hello", [], values.__getitem__)
    assert (made.window, made.limit) == (expected, int(expected * 0.6))
    assert not made.full


def test_images_go_only_to_models_that_see() -> None:
    entries: list[Entry] = [
        AssistantEntry(id="a", text="", calls=(ToolCall("c", "plot", "{}"),)),
        ToolEntry(id="t", call_id="c", name="plot", text="a plot", images=("data:image/png;base64,AA==",)),
    ]
    blind: list[JsonObject] = to_messages(entries, "")
    assert blind[1]["content"] == "a plot"
    assert to_messages(entries, "", vision=True)[1]["content"][1]["type"] == "image_url"


def test_an_excerpt_says_what_is_missing() -> None:
    text = "a" * 1_000
    assert window.excerpt(text, 10_000) == text
    assert "characters left out" in window.excerpt(text, 50)


def test_a_request_behind_a_notice_is_not_read_as_a_part_of_it() -> None:
    notice = UserEntry(id="2", text="[notice] The model could not be used.", sender="loomkin", kind="turn_failed")
    entries: list[Entry] = [UserEntry(id="1", text="hi"), notice, UserEntry(id="3", text="Audit the frame x")]

    asked = read(to_messages(entries, "")).start

    assert (asked.text, asked.kind, asked.sender) == ("Audit the frame x", "request", "user")
