"""What each proven row is switched off by: functions whose bodies are replaced in a copy of the package.

A row whose scenario still passes without its feature proves nothing. ``DISABLED`` names, for each proven row, the
functions that make it true and what they do instead; ``switch_off`` writes that into a copy.
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import NamedTuple


class Off(NamedTuple):
    """One function of the package (the folder it lives in, a dotted name) and the body that it gets."""

    folder: str
    function: str
    body: str = "return None"


_UNHEARD = """
answer = None
async for event in agent.kit.models.stream(sent.request):
    answer = event
return answer
"""

DISABLED: dict[str, tuple[Off, ...]] = {
    "T1": (Off("teams", "Endings.retire", "return []"),),
    "T2": (Off("teams", "Spawn.spawn", "return []"),),
    "T4": (Off("teams", "Spawn.spawn", "return []"),),
    "T6": (
        Off("runtime", "Supervisor._may_run_again", "return False"),
        Off("teams", "Endings.failed"),
    ),
    "T7": (
        Off("teams", "Roster.orchestrating", "return False"),
    ),
    "T8": (Off("agents", "handoff_text", "return ''"),),
    "T22": (Off("teams", "_overlap", "return False"),),
    "T25": (Off("teams", "Queues.edit"), Off("teams", "Queues.move"), Off("teams", "Queues.delete"), Off("teams", "Queues.squash")),
    "T26": (Off("teams", "Spawn._gate"),),
    "T29": (Off("tools", "Toolbox._answered", "return await self._through(ctx, call)"),),
    "M1": (Off("memory/graph", "Graph.load"),),
    "M2": (Off("memory/graph", "reach", "return {}"),),
    "M3": (Off("memory", "Recorder.hear"),),
    "M7": (Off("agents", "Room._offload", "return False"),),
    "M8": (Off("memory", "Keepers.history", "return ''"),),
    "M13": (
        Off("memory", "window_of", "return 128_000"),
        Off("memory", "Calibration.learn"),
        Off("agents", "Room.shrink"),
    ),
    "M14": (Off("agents", "History.load", "self._entries = []"),),
    "M15": (Off("workspace", "Workspace.resume"),),
    "C6": (
        Off("policy", "denied_operation"),
        Off("policy", "wrap", "return list(argv)"),
    ),
    "C12": (Off("core", "Redactor.__call__", "return text"),),
    "L3": (Off("agents", "_stream", _UNHEARD),),
    "L6": (Off("models", "PlaybookProvider._answer", "return Due(''), 'refused'"),),
    "L7": (Off("core", "Redactor.__call__", "return text"),),
    "S1": (Off("runtime", "_fits", "return True"),),
    "S2": (Off("views", "Projection.apply"),),
    "S3": (Off("runtime", "Subscription.push", "self._items.append(signal)"),),
    "U19": (Off("views", "to_html", "return ''"), Off("views", "summary", "return ''")),
    "J6": (Off("kernel", "load_ipython_extension"),),
    "J8": (Off("kernel", "load_ipython_extension"),),
    "J11": (Off("kernel", "_bounded", "return {'ok': False, 'error': 'off'}"),),
}  # fmt: skip


Function = ast.FunctionDef | ast.AsyncFunctionDef


def find(source: str, function: str) -> Function | None:
    """Return the function of that dotted name, or None."""
    body: list[ast.stmt] = ast.parse(source).body
    *classes, name = function.split(".")
    for outer in classes:
        inner: list[list[ast.stmt]] = [
            node.body for node in body if isinstance(node, ast.ClassDef) and node.name == outer
        ]
        body = inner[0] if inner else []
    functions = (node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return next((node for node in functions if node.name == name), None)


def place(package: Path, off: Off) -> tuple[Path, Function]:
    """Return the one file below the folder that holds the function, and the function.

    :raises LookupError: when there is none, or more than one.
    """
    held: list[tuple[Path, Function]] = []
    for file in sorted((package / off.folder).rglob("*.py")):
        function = find(file.read_text(encoding="utf-8"), off.function)
        if function is not None:
            held.append((file, function))
    if len(held) != 1:
        where = ", ".join(str(file) for file, _ in held) or "nowhere"
        raise LookupError(f"{off.function} below {off.folder}/ stands in: {where}. Correct {Path(__file__).name}.")
    return held[0]


def switch_off(package: Path, off: Off) -> None:
    """Replace the body of one function in the copy of the package at ``package``; raises LookupError as ``place`` does."""
    file, found = place(package, off)
    lines = file.read_text(encoding="utf-8").splitlines()
    first, last = found.body[0], found.body[-1]
    body = textwrap.indent(textwrap.dedent(off.body).strip(), " " * first.col_offset)
    lines[first.lineno - 1 : last.end_lineno] = body.splitlines()
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
