"""Guards against going round in circles: pure functions of the history, so that they survive wake-ups and restarts.

Each looks at the answers since the last request, task or guidance and says *warn* or *stop*. A guard never changes the
history itself; the loop appends what it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry

WARNING = "guard"
STOPPED = "guard_stop"
FRESH_START = frozenset({"request", "task", "guidance", STOPPED})

# Logging a decision is not in it: each one is new knowledge, and an audit may end in a dozen of them.
COORDINATION = frozenset({"decision_query", "search_keepers", "team_progress", "context_retrieve", "peer_discovery"})
RESEARCH = frozenset(
    {
        "file_read",
        "file_search",
        "content_search",
        "directory_list",
        "kernel_variables",
        "variable_inspect",
        "dataframe_profile",
        "notebook_read",
        "search_keepers",
        "context_retrieve",
        "decision_query",
    }
)


_JUDGED = 12
"""Batches that the guards look at; every one of them stops sooner."""


class Verdict(msgspec.Struct, frozen=True):
    """``action`` is warn or stop; ``text`` is for the model (warn) or for people (stop)."""

    guard: str
    action: str
    text: str


class Batch(msgspec.Struct, frozen=True):
    """The calls of one answer with their results. ``signature`` ignores the order of calls and of arguments."""

    names: tuple[str, ...]
    signature: tuple[str, ...]
    outcome: tuple[tuple[str, str, str], ...]
    all_failed: bool


def batches(entries: Sequence[Entry], most: int | None = None) -> list[Batch]:
    """Return the (``most`` newest) tool batches since the last fresh start, oldest first."""
    results: dict[str, ToolEntry] = {}
    found: list[Batch] = []
    for entry in reversed(entries):
        if isinstance(entry, UserEntry) and entry.kind in FRESH_START:
            break
        if isinstance(entry, ToolEntry):
            results.setdefault(entry.call_id, entry)
        elif isinstance(entry, AssistantEntry) and entry.calls:
            found.append(_batch(entry.calls, results))
            if len(found) == most:
                break
    return found[::-1]


def judge(entries: Sequence[Entry], *, role: str = "") -> Verdict | None:
    """Return what the guards say after a batch of tool calls: a stop before a warning, None when all is well."""
    done = batches(entries, _JUDGED)
    if not done:
        return None
    said = _warned(entries)
    verdicts = [v for v in (_repeated(done), _alternating(done), _coordinating(done), _failing(done)) if v is not None]
    if role == "researcher":
        verdicts += [v for v in (_researching(done),) if v is not None]
    stops = [v for v in verdicts if v.action == "stop"]
    warnings = [v for v in verdicts if v.action == "warn" and v.guard not in said]
    return (stops or warnings or [None])[0]


def _batch(calls: Sequence[ToolCall], results: dict[str, ToolEntry]) -> Batch:
    signed = [(f"{call.name} {_canonical(call.arguments)}", results.get(call.id)) for call in calls]
    outcome = tuple(sorted((s, r.status if r else "", r.text if r else "") for s, r in signed))
    return Batch(
        names=tuple(call.name for call in calls),
        signature=tuple(sorted(s for s, _ in signed)),
        outcome=outcome,
        all_failed=all(r is not None and r.status in ("failed", "refused") for _, r in signed),
    )


@lru_cache(maxsize=512)
def _canonical(arguments: str) -> str:
    """Return arguments in one spelling, so that a different order of keys is no different call."""
    try:
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except ValueError:
        return arguments


def _warned(entries: Sequence[Entry]) -> set[str]:
    """Return the guards that warned since the last fresh start; the guard's name opens its text."""
    said: set[str] = set()
    for entry in reversed(entries):
        if isinstance(entry, UserEntry):
            if entry.kind in FRESH_START:
                break
            if entry.kind == WARNING:
                said.add(entry.sender.removeprefix("guard:"))
    return said


def _streak(done: Sequence[Batch], holds: Callable[[Batch], bool]) -> int:
    count = 0
    for batch in reversed(done):
        if not holds(batch):
            break
        count += 1
    return count


def _repeated(done: Sequence[Batch]) -> Verdict | None:
    """The same calls with the same results, one after the other."""
    last = done[-1]
    count = _streak(done, lambda b: b.outcome == last.outcome)
    names = ", ".join(sorted(set(last.names)))
    if count >= 4:
        return Verdict("repeated", "stop", f"made the same calls ({names}) {count} times with the same results")
    if count >= 2:
        return Verdict(
            "repeated",
            "warn",
            f"You made the same calls ({names}) again and got the same results. They will not change: use what you "
            "have, try something else, or say what is missing.",
        )
    return None


def _alternating(done: Sequence[Batch]) -> Verdict | None:
    """A-B-A-B with the same results each time."""
    if len(done) < 4:
        return None
    a, b = done[-2].outcome, done[-1].outcome
    if a == b:
        return None
    length = 0
    for place, batch in enumerate(reversed(done)):
        if batch.outcome != (b if place % 2 == 0 else a):
            break
        length += 1
    names = ", ".join(sorted(set(done[-1].names) | set(done[-2].names)))
    if length >= 6:
        return Verdict(
            "alternating", "stop", f"went back and forth between the same two steps ({names}) {length} times"
        )
    if length >= 4:
        return Verdict(
            "alternating",
            "warn",
            f"You go back and forth between the same two steps ({names}) with the same results. Break out: decide with "
            "what you have, or report what blocks you.",
        )
    return None


def _coordinating(done: Sequence[Batch]) -> Verdict | None:
    """Only looking at plans and notes, never at the work."""
    count = _streak(done, lambda b: all(name in COORDINATION for name in b.names))
    if count >= 6:
        return Verdict("coordination", "stop", f"only coordinated for {count} steps without doing any of the work")
    if count >= 2:
        return Verdict(
            "coordination",
            "warn",
            "Your last steps only looked at plans and notes. Do the next piece of work, assign it, or answer.",
        )
    return None


def _failing(done: Sequence[Batch]) -> Verdict | None:
    """No progress: every call of every recent answer failed."""
    count = _streak(done, lambda b: b.all_failed)
    if count >= 6:
        return Verdict("no_progress", "stop", f"made no progress: every call of the last {count} steps failed")
    if count >= 3:
        return Verdict(
            "no_progress",
            "warn",
            f"Every call of your last {count} steps failed. Read the errors, change the approach, or report what blocks you.",
        )
    return None


def _researching(done: Sequence[Batch]) -> Verdict | None:
    """A researcher that only reads and never reports; warned, never stopped."""
    count = _streak(done, lambda b: all(name in RESEARCH for name in b.names))
    if count >= 3:
        return Verdict(
            "research",
            "warn",
            "You have only read for several steps. Publish what you found now: peer_discovery for a finding, "
            "peer_complete_task when the question is answered.",
        )
    return None
