"""A rendering that goes on is the rendering from the beginning, whatever the history and however it grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.memory.rendering import INTERRUPTED, Rendering
from loomkin_jupyter.memory.tokens import message_tokens
from tests.memory.conftest import to_messages
from tests.memory.test_window import ENTRIES

PICTURE = ToolEntry(id="t", call_id="c1", name="plot", text="", images=("data:image/png;base64,AA",))


@given(ENTRIES, st.lists(st.integers(0, 14)), st.booleans())
def test_growing_step_by_step_is_the_same_as_at_once(entries: list[Entry], stops: list[int], vision: bool) -> None:
    rendering, history = Rendering(), list[Entry]()
    for stop in sorted(stops):
        history += entries[len(history) : stop]
        messages, tokens = rendering.render(history, "system", vision=vision)
        assert messages == to_messages(list(history), "system", vision=vision)
        assert tokens == message_tokens(messages)


def _history(count: int) -> list[Entry]:
    history: list[Entry] = [UserEntry(id="u", text="do it")]
    for number in range(count):
        history.append(AssistantEntry(id=f"a{number}", text="", calls=(ToolCall(f"c{number}", "look", "{}"),)))
        history.append(ToolEntry(id=f"t{number}", call_id=f"c{number}", name="look", text="seen"))
    return history


def test_what_was_rendered_is_not_rendered_again() -> None:
    rendering, history = Rendering(), _history(3)
    before, _ = rendering.render(history, "one")
    history.append(UserEntry(id="u2", text="and?"))
    after, _ = rendering.render(history, "two")
    assert after[0]["content"] == "two"
    assert all(new is old for new, old in zip(after[1:], before[1:], strict=False))
    assert len(after) == len(before) + 1


def test_a_request_that_left_does_not_change_when_its_last_message_grows() -> None:
    rendering = Rendering()
    history: list[Entry] = [UserEntry(id="u", text="do it")]
    before, _ = rendering.render(history, "")
    history.append(UserEntry(id="n", text="[notice] soon", sender="loomkin", kind="notice"))
    after, _ = rendering.render(history, "")
    assert before == [{"role": "user", "content": "do it"}]
    assert after == [{"role": "user", "content": "do it\n\n[notice] soon"}]


def test_a_result_that_comes_later_takes_the_place_of_the_interruption() -> None:
    rendering, history = Rendering(), _history(2)
    late = history.pop()
    assert rendering.render(history, "")[0][-1]["content"] == INTERRUPTED
    history.append(late)
    assert rendering.render(history, "")[0][-1]["content"] == "seen"


def test_another_history_or_another_model_begins_anew() -> None:
    rendering, history = Rendering(), _history(4)
    rendering.render(history, "")
    assert rendering.render(_history(1), "")[0] == to_messages(_history(1), "")
    call = AssistantEntry(id="a", text="", calls=(ToolCall("c1", "plot", "{}"),))
    seen: list[Entry] = [UserEntry(id="u", text="draw"), call, PICTURE]
    assert rendering.render(seen, "")[0][-1]["content"] == "(no output)"
    assert isinstance(rendering.render(seen, "", vision=True)[0][-1]["content"], list)
    del seen[1:]
    assert len(rendering.render(seen, "", vision=True)[0]) == 1
