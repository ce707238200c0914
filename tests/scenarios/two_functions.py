"""A scripted team that mends two functions of one file at the same time: the model of several scenarios.

Every answer is a pure function of the asking agent's own history: of the messages it read and of the results of its
calls, never of a counter or of time. So the team goes on where it was, wherever a kill cut it off. ``SCRIPT`` runs in
a test's process or as ``python -m loomkin_jupyter.testing.scripted tests/scenarios/two_functions.py``.

lead: goal, decision with a chosen and a rejected option, team, tasks → ada and ben claim one function each → cy is
refused → both edit → tests → rita rejects ada's work once → mended → approved → answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing.script import Reply, ScriptRequest
from loomkin_jupyter.testing.wire import flat

MODEL = "openai/gpt-4o"
USAGE = Usage(input=2_000, output=150)
CALL_NANO = 2_000 * 2_500 + 150 * 10_000
"""What one call with ``USAGE`` costs: gpt-4o takes $2.50 per million tokens in and $10 per million out."""

REQUEST = "area and perimeter in shapes.py are wrong. Correct both and show that the tests pass."
ANSWER = "Both functions are correct, and the review approved them."

FILES: dict[str, str] = {
    "shapes.py": '''"""Sizes of rectangles."""


def area(width, height):
    """Return the area; sides must not be negative."""
    return width + height


def perimeter(width, height):
    """Return the perimeter."""
    return width * height
''',
    "test_shapes.py": """import pytest
from shapes import area, perimeter


@pytest.mark.parametrize("sides, expected", [((2, 3), 6), ((0, 4), 0)])
def test_area(sides, expected):
    assert area(*sides) == expected


@pytest.mark.parametrize("sides", [(-1, 3), (1, -3)])
def test_area_of_negative_sides(sides):
    with pytest.raises(ValueError):
        area(*sides)


@pytest.mark.parametrize("sides, expected", [((2, 3), 10), ((1, 1), 4)])
def test_perimeter(sides, expected):
    assert perimeter(*sides) == expected
""",
    "LOOMKIN.md": "# Shapes\n",
    "pytest.ini": "[pytest]\naddopts = -p no:asyncio -p no:anyio -p no:hypothesispytest -p no:playwright -p no:nbval\n",
}

_GUARD = """    if width < 0 or height < 0:
        raise ValueError(f"sides must not be negative, got {width} and {height}")
"""
FINISHED = (
    FILES["shapes.py"]
    .replace("    return width + height", _GUARD + "    return width * height", 1)
    .replace('perimeter."""\n    return width * height', 'perimeter."""\n    return 2 * (width + height)', 1)
)
COUNTER = "deployed.txt"
COUNTER_LINE = "perimeter mended"

UNKNOWN = "outcome is unknown"
NOT_RUN = ("This call was not run", "was not written")


class Mind:
    """What one agent knows: its calls with their results, and what it was told."""

    def __init__(self, request: ScriptRequest) -> None:
        self.agent = request.agent
        self.told = "\n".join(flat(m.get("content")) for m in request.messages if m.get("role") == "user")
        self.calls: list[tuple[str, dict[str, Any], str]] = list(_calls(request.messages))

    def results(self, tool: str, **arguments: Any) -> list[str]:
        """Return the results of the calls of a tool with these arguments, oldest first."""
        return [
            text
            for name, given, text in self.calls
            if name == tool and all(given.get(key) == value for key, value in arguments.items())
        ]

    def found(self, tool: str, pattern: str, **arguments: Any) -> str:
        """Return the first group of ``pattern`` in a call's result, '' while there is none."""
        for text in self.results(tool, **arguments):
            match = re.search(pattern, text)
            if match:
                return match[1] if match.re.groups else match[0]
        return ""

    def heard(self, pattern: str) -> str:
        """Return the first group of ``pattern`` in what was said to the agent, or ''."""
        match = re.search(pattern, self.told)
        return "" if match is None else match[1] if match.re.groups else match[0]


def _calls(messages: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], str]]:
    results = {m.get("tool_call_id"): flat(m.get("content")) for m in messages if m.get("role") == "tool"}
    for message in messages:
        made: list[dict[str, Any]] = message.get("tool_calls") or []
        for call in made:
            function: dict[str, str] = call["function"]
            yield function["name"], json.loads(function["arguments"]), results.get(call["id"], "")


def _do(*calls: tuple[str, dict[str, Any]], text: str = "") -> Reply:
    return Reply(text=text, calls=calls, usage=USAGE)


def _say(text: str) -> Reply:
    return Reply(text=text, usage=USAGE)


# --- the lead ------------------------------------------------------------------------------------------------------

_ID = r"id: ([A-Z]\d+)"
GOAL = "Correct area and perimeter in shapes.py"
DECISION = "How two coders share shapes.py"
CHOSEN = "Each claims one function and edits it at the same time"
REJECTED = "One after the other on the whole file"
TEAM = {"ada": "coder", "ben": "coder", "cy": "coder", "rita": "reviewer"}
AREA, PERIMETER, TIDY = "Correct area", "Correct perimeter", "Tidy the body of area"


def lead(mind: Mind) -> Reply:
    goal = mind.found("decision_log", _ID, title=GOAL)
    if not goal:
        return _do(("directory_list", {"path": "."}), ("decision_log", _node("goal", GOAL)))
    decision = mind.found("decision_log", _ID, title=DECISION)
    if not decision:
        return _do(("decision_log", _node("decision", DECISION, goal, confidence=80)))
    options = [
        ("decision_log", _node("option", title, decision, edge))
        for title, edge in ((CHOSEN, "chosen"), (REJECTED, "rejected"))
        if not mind.found("decision_log", _ID, title=title)
    ]
    if options:
        return _do(*options)
    return _form_team(mind) or _hand_out(mind) or _finish(mind, decision)


def _form_team(mind: Mind) -> Reply | None:
    spawns, looks = mind.results("team_spawn"), mind.results("team_progress")
    if any(text.startswith("Started") for text in spawns):
        return None
    if spawns and UNKNOWN in spawns[-1] and not looks:
        return _do(("team_progress", {}))
    there = [name for name in TEAM if looks and f"- {name} (" in looks[-1]]
    missing = [{"role": role, "name": name} for name, role in TEAM.items() if name not in there]
    if not missing:
        return None
    return _do(("team_spawn", {"team_name": "shapes", "purpose": "mend shapes.py", "roles": missing}))


def _hand_out(mind: Mind) -> Reply | None:
    work = [(AREA, "ada"), (PERIMETER, "ben")]
    if mind.heard(r"ada holds area") and mind.heard(r"ben holds perimeter"):
        work.append((TIDY, "cy"))
    missing = [(title, name) for title, name in work if not mind.found("team_assign", _ID, title=title)]
    if missing:
        return _do(*(("team_assign", _assignment(title, name)) for title, name in missing))
    done = [mind.heard(rf"{mind.found('team_assign', _ID, title=t)} \({t}\) is completed") for t, _ in work]
    if len(work) < 3 or not all(done):
        return _say("The work is handed out; I wait for it.")
    return None


def _finish(mind: Mind, decision: str) -> Reply:
    action = mind.found("decision_log", _ID, title="Both functions were edited at the same time")
    if not action:
        return _do(("decision_log", _node("action", "Both functions were edited at the same time", decision)))
    if not mind.found("decision_log", _ID, node_type="outcome"):
        return _do(("decision_log", _node("outcome", "All tests of shapes.py pass", action, confidence=95)))
    return _say(ANSWER)


def _node(kind: str, title: str, parent: str = "", edge: str = "leads_to", **more: Any) -> dict[str, Any]:
    joined = {"parent_id": parent, "edge_type": edge} if parent else {}
    return {"node_type": kind, "title": title, **joined, **more}


def _assignment(title: str, name: str) -> dict[str, Any]:
    return {"title": title, "description": f"In shapes.py. {title}.", "agent_name": name}


# --- the coders ----------------------------------------------------------------------------------------------------


def ada(mind: Mind) -> Reply:
    task = mind.heard(rf"(T\d+): {AREA} \(")
    waiting = _claim_and_wait(mind, "area")
    if waiting is not None:
        return waiting
    first = _edit(mind, "    return width + height", "    return width * height")
    if first is not None:
        return first
    if not _ran(mind, "test_shapes.py::test_area"):
        return _do(("run_tests", {"path": "test_shapes.py::test_area"}))
    if not _asked(mind, task, 1):
        return _do(("peer_review", {"task_id": task, "question": "Is area right?"}))
    if not mind.heard(rf"review of {task} is done: rejected"):
        return _say("I wait for the review.")
    second = _edit(mind, "    return width * height\n\n\n", _GUARD + "    return width * height\n\n\n")
    if second is not None:
        return second
    if not _ran(mind, "test_shapes.py::test_area_of_negative_sides"):
        return _do(("run_tests", {"path": "test_shapes.py::test_area_of_negative_sides"}))
    if not _asked(mind, task, 2):
        return _do(("peer_review", {"task_id": task, "question": "Is area right now?"}))
    if not mind.heard(rf"review of {task} is done: approved"):
        return _say("I wait for the second review.")
    return _complete(mind, task, "area multiplies now and refuses negative sides.", ["shapes.py"])


def ben(mind: Mind) -> Reply:
    task = mind.heard(rf"(T\d+): {PERIMETER} \(")
    waiting = _claim_and_wait(mind, "perimeter")
    if waiting is not None:
        return waiting
    edit = _edit(
        mind,
        '    """Return the perimeter."""\n    return width * height',
        '    """Return the perimeter."""\n    return 2 * (width + height)',
    )
    if edit is not None:
        return edit
    if not _ran(mind, "test_shapes.py::test_perimeter"):
        return _do(("run_tests", {"path": "test_shapes.py::test_perimeter"}))
    return _count_once(mind) or _complete(mind, task, "perimeter adds the sides now.", ["shapes.py", COUNTER])


def cy(mind: Mind) -> Reply:
    task = mind.heard(rf"(T\d+): {TIDY} \(")
    if not task:
        return _say("I have nothing to do yet.")
    refused = mind.found("peer_claim_region", "is claimed by (\\w+)")
    if not refused:
        return _do(("peer_claim_region", {"file_path": "shapes.py", "symbol": "area"}))
    for name in ("ada", "ben"):
        if not mind.found("peer_message", "Delivered|Queued|Sent to", to=name):
            return _do(("peer_message", {"to": name, "content": f"cy keeps out: go on, {name}"}))
    return _complete(mind, task, f"Nothing was tidied: {refused} holds area.", [], [f"area is claimed by {refused}"])


def _claim_and_wait(mind: Mind, symbol: str) -> Reply | None:
    """Claim a function, tell the lead, and wait until cy keeps out."""
    if not mind.heard(r"T\d+: Correct"):
        return _say("I have nothing to do yet.")
    if not mind.results("file_read"):
        return _do(("file_read", {"file_path": "shapes.py"}))
    if not mind.found("peer_claim_region", r"You hold|holds"):
        return _do(("peer_claim_region", {"file_path": "shapes.py", "symbol": symbol}))
    if not mind.found("peer_message", "Delivered|Queued|Sent to", to="lead"):
        return _do(("peer_message", {"to": "lead", "content": f"{mind.agent} holds {symbol}"}))
    return None if mind.heard(f"go on, {mind.agent}") else _say("I wait for cy.")


def _edit(mind: Mind, old: str, new: str) -> Reply | None:
    """Edit once: read again when asked to, and look when the outcome is unknown."""
    edits = mind.results("file_edit", old_string=old)
    if any(text.startswith("Edited") or "was written;" in text for text in edits):
        return None
    last = [name for name, _, _ in mind.calls][-1]
    if not edits or last == "file_read":
        return _do(("file_edit", {"file_path": "shapes.py", "old_string": old, "new_string": new}))
    return _do(("file_read", {"file_path": "shapes.py"}))


def _ran(mind: Mind, path: str) -> bool:
    return bool(mind.found("run_tests", r"Exit code 0", path=path))


def _asked(mind: Mind, task: str, times: int) -> bool:
    asked = [
        t for t in mind.results("peer_review", task_id=task) if "for a review" in t or "was asked" in t or "id: T" in t
    ]
    return len(asked) >= times


def _count_once(mind: Mind) -> Reply | None:
    """Append one line to a file that counts: never again without looking when the outcome is unknown."""
    runs = mind.results("shell")
    if any("Exit code 0" in text for text in runs):
        return None
    command = ("shell", {"command": f"echo '{COUNTER_LINE}' >> {COUNTER}"})
    if not runs or any(mark in runs[-1] for mark in NOT_RUN):
        return _do(command)
    after = mind.calls[max(i for i, call in enumerate(mind.calls) if call[0] == "shell") + 1 :]
    looked = [text for name, _, text in after if name == "directory_list" and text and UNKNOWN not in text]
    if not looked:
        return _do(("directory_list", {"path": "."}))
    return None if COUNTER in looked[-1] else _do(command)


def _complete(mind: Mind, task: str, result: str, files: list[str], found: list[str] | None = None) -> Reply:
    done = mind.results("peer_complete_task", task_id=task)
    if any(f"{task} is completed" in text for text in done):
        return _say(f"{task} is done.")
    arguments = {"task_id": task, "result": result, "files_changed": files, "discoveries": found or []}
    return _do(("peer_complete_task", arguments))


# --- the reviewer --------------------------------------------------------------------------------------------------


def rita(mind: Mind) -> Reply:
    """Judge each task of review once: the first is rejected, the second approved."""
    asked = list(dict.fromkeys(re.findall(r"(T\d+): Review ", mind.told)))
    verdicts = (
        "REJECTED: area takes negative sides, which its docstring rules out (shapes.py, line 4).",
        "APPROVED: area refuses negative sides now, and every test passes.",
    )
    for task, verdict in zip(asked, verdicts, strict=False):
        if any(f"{task} is completed" in text for text in mind.results("peer_complete_task", task_id=task)):
            continue
        arguments = {"task_id": task, "result": verdict, "actions_taken": ["ran the tests", "read shapes.py"]}
        if not _looked_for(mind, task):
            return _do(("run_tests", {"path": "test_shapes.py", "args": ["-q"] * (asked.index(task) + 1)}))
        return _do(("peer_complete_task", arguments))
    return _say("Judged.")


def _looked_for(mind: Mind, task: str) -> bool:
    """Whether the tests ran for this review: each review asks with one -q more, so that the calls differ."""
    number = 1 + list(dict.fromkeys(re.findall(r"(T\d+): Review ", mind.told))).index(task)
    return bool(mind.found("run_tests", r"Exit code [01]", args=["-q"] * number))


AGENTS: dict[str, Callable[[Mind], Reply]] = {"lead": lead, "ada": ada, "ben": ben, "cy": cy, "rita": rita}


def script(request: ScriptRequest) -> Reply:
    """Answer as the agent that the system prompt names."""
    return AGENTS[request.agent](Mind(request))
