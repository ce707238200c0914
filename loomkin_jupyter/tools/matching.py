"""Where a piece of text stands in a file: exactly, or, failing that, apart from white space. Pure.

Never guesses between two places: ambiguity is refused with the lines of each.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.tools.text_file import one_edit
from loomkin_jupyter.tools.versions import Edit

_MOST_EDITS = 50


@dataclass(frozen=True, slots=True)
class Match:
    """Characters ``start`` to ``end`` are to become ``new``."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new text and the lines that differ, from bottom to top (so each is in the old numbering)."""

    text: str
    count: int
    edits: tuple[Edit, ...]
    tolerant: bool = False


def replace_text(text: str, old: str, new: str, *, every: bool, name: str) -> Replaced:
    """Replace ``old`` by ``new`` in ``text``.

    :raises ToolRetry: when it is not there, or there more than once and ``every`` is false.
    """
    if not old:
        raise ToolRetry("`old_string` is empty. Give the text to replace; file_write makes whole files.")
    if old == new:
        raise ToolRetry("`old_string` and `new_string` are the same: there is nothing to change.")
    matches = [Match(m.start(), m.end(), new) for m in re.finditer(re.escape(old), text)]
    tolerant = False
    if not matches:
        matches, tolerant = _tolerant(text, old, new), True
    if not matches:
        raise ToolRetry(f"`old_string` was not found in {name}.{_nearest(text, old)}")
    if len(matches) > 1 and not every:
        places = ", ".join(str(_line(text, m.start)) for m in matches[:20])
        raise ToolRetry(
            f"`old_string` is in {name} {len(matches)} times, at lines {places}. "
            "Give more lines around it so that it is unique, or set replace_all."
        )
    return _apply(text, matches, tolerant)


def _apply(text: str, matches: list[Match], tolerant: bool) -> Replaced:
    """Replace from bottom to top, so that the places above stay valid and each edit has the numbering of its moment."""
    result = text
    edits: list[Edit] = []
    for match in reversed(matches):
        after = result[: match.start] + match.new + result[match.end :]
        if len(matches) <= _MOST_EDITS:
            edit = one_edit(result, after)
            edits += [edit] if edit else []
        result = after
    if len(matches) > _MOST_EDITS:
        edit = one_edit(text, result)
        edits = [edit] if edit else []
    return Replaced(result, len(matches), tuple(edits), tolerant)


def _tolerant(text: str, old: str, new: str) -> list[Match]:
    """Find ``old`` line by line, white space within and around lines not counting; new text takes the found indent."""
    wanted = [_normal(line) for line in old.split("\n")]
    while wanted and not wanted[0]:
        wanted.pop(0)
    while wanted and not wanted[-1]:
        wanted.pop()
    if not wanted:
        return []
    lines = text.split("\n")
    normal = [_normal(line) for line in lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: list[Match] = []
    place = 0
    while place <= len(lines) - len(wanted):
        if normal[place : place + len(wanted)] == wanted:
            end = place + len(wanted)
            shifted = _reindent(old, new, lines[place])
            found.append(Match(starts[place], starts[end] - 1, shifted))
            place = end
        else:
            place += 1
    return found


def _reindent(old: str, new: str, found: str) -> str:
    """Move ``new`` by the difference between the indent the model wrote and the one in the file."""
    first = next((line for line in old.split("\n") if line.strip()), "")
    given, real = _indent(first), _indent(found)
    lines = new.strip("\n").split("\n")
    if given == real or not new.strip():
        return "\n".join(lines)
    return "\n".join(real + line[len(given) :] if line.startswith(given) and line.strip() else line for line in lines)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _normal(line: str) -> str:
    return " ".join(line.split())


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _nearest(text: str, old: str) -> str:
    """Point to the line that is most like the first line of ``old``."""
    first = next((line.strip() for line in old.split("\n") if line.strip()), "")
    lines = text.split("\n")
    close = difflib.get_close_matches(first, [line.strip() for line in lines[:20_000]], n=1, cutoff=0.6)
    if not close:
        return " Read the file again and copy the text exactly."
    number = next(i for i, line in enumerate(lines, 1) if line.strip() == close[0])
    return f" The nearest text is at line {number}: {close[0][:200]!r}. Copy the text exactly."
