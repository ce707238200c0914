"""Malformed answers: what is wrong with one, in words the model can act on. Pure functions.

Unknown tools, bad JSON and wrong types are answered as the result of the call itself (by the tool pipeline); what
cannot be answered there is found here: no or doubled call ids, nothing said, cut by the limit, text where a call was due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.ports import ModelAnswer


class Problem(msgspec.Struct, frozen=True):
    """``text`` goes to the model; ``calls``: whether it stands for the results of the answer's calls."""

    name: str
    text: str
    calls: bool = False


def with_own_ids(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Return the calls under ids of ours: those of models repeat from answer to answer and from agent to agent."""
    return tuple(ToolCall(new_id("call"), call.name, call.arguments) for call in calls)


def find_problem(answer: ModelAnswer, *, due: str = "") -> Problem | None:
    """Return what is wrong with the answer as a whole. ``due`` names open tasks that text alone does not finish."""
    if answer.calls:
        return _bad_calls(answer)
    if answer.finish == "refused":
        return None
    if answer.finish == "length":
        return Problem(
            "cut",
            "Your answer was cut off by the limit on its length and is not complete. Answer again, shorter; write long "
            "content to a file or do it in several calls.",
        )
    if not answer.text.strip():
        return Problem("empty", "Your answer was empty. Call a tool, or answer in text.")
    if answer.finish == "broken":
        return Problem("broken", "Your answer broke off. Give it again from its beginning.")
    if due:
        return Problem(
            "text_for_call",
            f"You answered in text, but {due} is still open and only a tool call ends it. Finish it with "
            "peer_complete_task, ask with peer_message if you wait for somebody, or go on working with your tools.",
        )
    return None


def _bad_calls(answer: ModelAnswer) -> Problem | None:
    if answer.finish == "length":
        return Problem(
            "cut",
            "The answer was cut off by the limit on its length, so this call may be incomplete and was not run. Call "
            "again with less content, or in several calls.",
            calls=True,
        )
    if any(not call.id for call in answer.calls):
        return Problem(
            "missing_id", "A call came without an id, so none was run. Call again; every call needs an id.", True
        )
    doubled = [name for name, count in Counter(call.id for call in answer.calls).items() if count > 1]
    if doubled:
        return Problem(
            "duplicate_id",
            f"The id {doubled[0]} was given to more than one call, so none was run. Call again, each call with its own id.",
            calls=True,
        )
    if any(not call.name.strip() for call in answer.calls):
        return Problem("missing_name", "A call came without a tool's name, so none was run. Name the tool.", calls=True)
    return None
