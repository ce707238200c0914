"""Guards are functions of the history."""

from __future__ import annotations

from collections.abc import Sequence

from loomkin_jupyter.agents import guards
from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry


def history(*steps: Sequence[tuple[str, str, str]]) -> list[Entry]:
    """Return a history of batches of (tool, arguments, result)."""
    entries: list[Entry] = [UserEntry(id="u", text="do it")]
    for number, step in enumerate(steps):
        calls = tuple(ToolCall(f"c{number}_{place}", tool, args) for place, (tool, args, _) in enumerate(step))
        entries.append(AssistantEntry(id=f"a{number}", text="", calls=calls))
        for call, (tool, _, result) in zip(calls, step, strict=True):
            status = "failed" if result == "failed" else "ok"
            entries.append(ToolEntry(id=call.id, call_id=call.id, name=tool, text=result, status=status))
    return entries


A, B = ("file_read", '{"file_path": "a", "offset": 1}', "x"), ("shell", '{"command": "b"}', "y")


def test_nothing_is_wrong_with_different_calls() -> None:
    assert guards.judge(history([A], [B])) is None
    assert guards.judge([]) is None


def test_a_repeat_with_the_same_result_warns_then_stops_also_with_other_key_order() -> None:
    swapped = ("file_read", '{"offset": 1, "file_path": "a"}', "x")
    verdict = guards.judge(history([A], [swapped]))
    assert verdict is not None and (verdict.guard, verdict.action) == ("repeated", "warn")
    verdict = guards.judge(history([A], [A], [A], [A]))
    assert verdict is not None and verdict.action == "stop"


def test_a_repeat_with_another_result_is_polling() -> None:
    assert guards.judge(history([A], [(A[0], A[1], "z")])) is None


def test_back_and_forth_warns_then_stops() -> None:
    verdict = guards.judge(history([A], [B], [A], [B]))
    assert verdict is not None and (verdict.guard, verdict.action) == ("alternating", "warn")
    verdict = guards.judge(history([A], [B], [A], [B], [A], [B]))
    assert verdict is not None and verdict.action == "stop"


def test_coordination_only_warns_at_two_and_stops_at_six() -> None:
    steps = [[("decision_query", f'{{"n": {n}}}', str(n))] for n in range(6)]
    verdict = guards.judge(history(*steps[:2]))
    assert verdict is not None and (verdict.guard, verdict.action) == ("coordination", "warn")
    verdict = guards.judge(history(*steps))
    assert verdict is not None and verdict.action == "stop"


def test_a_warning_is_given_once_and_a_wake_up_does_not_reset_the_count() -> None:
    steps = [[("decision_query", f'{{"n": {n}}}', str(n))] for n in range(6)]
    entries = history(*steps[:2])
    entries.append(UserEntry(id="w", text="!", sender="guard:coordination", kind=guards.WARNING))
    entries.append(UserEntry(id="m", text="hello", sender="coder", kind="message"))
    assert guards.judge(entries) is None
    entries += history(*steps[2:])[1:]
    verdict = guards.judge(entries)
    assert verdict is not None and verdict.action == "stop"


def test_researchers_are_warned_for_only_reading() -> None:
    steps = [[("file_read", f'{{"n": {n}}}', str(n))] for n in range(3)]
    assert guards.judge(history(*steps)) is None
    verdict = guards.judge(history(*steps), role="researcher")
    assert verdict is not None and (verdict.guard, verdict.action) == ("research", "warn")


def test_no_progress_stops() -> None:
    steps = [[("shell", f'{{"n": {n}}}', "failed")] for n in range(6)]
    verdict = guards.judge(history(*steps))
    assert verdict is not None and (verdict.guard, verdict.action) == ("no_progress", "stop")
