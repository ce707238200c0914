"""Lines that match a regular expression, in files that are given by name. Python's syntax decides, whoever finds the files.

Three shortcuts, none of which changes an answer: files without a text that every match contains are not decoded; an
expression that cannot cross the end of a line is searched in many lines at once; where more matches are found than are
shown, the rest is counted as ripgrep counted it. Blocking; for worker threads. Decides nothing about permission.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from loomkin_jupyter.tools.text_file import is_binary, plain_text

LARGEST = 5_000_000
_LONGEST_LINE = 20_000
_SHOWN_LINE = 400
_BLOCK = 1 << 17
"""Characters searched in one go: the interpreter is held for about a millisecond, not for a whole file."""
_HEAD = 8192
_BUFFER = 1 << 17
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_OPTIONAL = frozenset("*?")
_VALUED = frozenset("0123456789xuUN")
"""After a backslash: a character by its number or name, or what a group matched."""
# What is certain to stay in one line: plain characters, a few classes, plain sets, groups. No \s, \W, [^…], (?…).
_ONE_LINE = re.compile(
    r"(?:[^\\\[\]()\n\r]|\\[wdSb]|\\[^\w\s]|\[(?!\^)(?:[\w .,:;=<>/@#%&!$*+?|(){}'\"~`-]|\\[wdS]|\\[^\w\s])+\]|\((?!\?)|\))*"
)
_PLAIN = re.compile(r"[\w \"'#%&,/:;<=>@!~`-]", re.ASCII)
_PUNCTUATION = re.compile(r"[!-/:-@\[-^`{-~]")


class Found(msgspec.Struct):
    """``lines`` are file:line:text in the order of names; ``matches`` counts also what is not among them."""

    lines: list[str] = []
    matches: int = 0
    binary: int = 0


def grep(
    root: Path,
    names: Sequence[str],
    expression: re.Pattern[str],
    *,
    most: int,
    counted: Mapping[str, int] | None = None,
    allowed: Callable[[str], bool],
) -> Found:
    """Search ``names``; ``counted`` says how many lines match by ripgrep's count, for files beyond the ``most`` shown.

    ``allowed`` is asked right before a line of a file is shown.
    """
    found = Found()
    needle = literal(expression.pattern).encode()
    many = re.compile(expression.pattern, re.MULTILINE) if stays_in_line(expression.pattern) else None
    buffer = bytearray(_BUFFER)
    for name in names:
        data = _content(root, name, needle, buffer, shown=counted is None or len(found.lines) < most)
        if data is None:
            found.binary += 1
        elif counted is not None and len(found.lines) >= most:
            found.matches += counted.get(name, 0)
        elif data:
            matches = list(_matching(expression, many, plain_text(data)))
            if not matches or not allowed(name):
                continue
            found.matches += len(matches)
            room = most - len(found.lines)
            found.lines += [f"{name}:{number}:{line.strip()[:_SHOWN_LINE]}" for number, line in matches[:room]]
    return found


def _content(root: Path, name: str, needle: bytes, buffer: bytearray, *, shown: bool) -> bytes | None:
    """Return a file's content, b'' where nothing can match (or ``shown`` is false), None for a binary file.

    ``buffer`` is for the beginning: most files are read into the same memory and need no other.
    """
    try:
        # Should a link or a pipe have taken the file's place meanwhile: the one is not followed, the other not waited for.
        descriptor = os.open(f"{root}/{name}", _FLAGS)
    except OSError:
        return b""
    try:
        size = os.readv(descriptor, [buffer])
        head = bytes(buffer[: min(size, _HEAD)])
        if is_binary(head):
            return None
        if not shown:
            return b""
        data: bytes | None = None
        if size == len(buffer):
            data = bytes(buffer) + os.read(descriptor, LARGEST)
            possible = needle in data
        else:
            possible = buffer.find(needle, 0, size) >= 0
        if not possible and not head.startswith(_WIDE):
            return b""
        return bytes(buffer[:size]) if data is None else data
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _matching(expression: re.Pattern[str], many: re.Pattern[str] | None, text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers and texts of the lines that match; ``many`` where many lines may be searched at once."""
    number = counted = 0  # lines before the place in ``text`` up to which they were counted
    for start, end in _blocks(text):
        part = text[start:end].removesuffix("\n")
        found = _one_by_one(expression, part) if many is None or _has_long_line(part) else _in_block(many, part)
        for begin, line in found:
            number += text.count("\n", counted, start + begin)
            counted = start + begin
            yield number + 1, line


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the borders of blocks of whole lines."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _BLOCK) + 1 or len(text)
        yield start, end
        start = end


def _has_long_line(part: str) -> bool:
    at = 0
    while len(part) - at > _LONGEST_LINE:
        newline = part.rfind("\n", at, at + _LONGEST_LINE + 1)
        if newline < 0:
            return True
        at = newline + 1
    return False


def _one_by_one(expression: re.Pattern[str], part: str) -> Iterator[tuple[int, str]]:
    """Yield where in ``part`` each line that matches begins, and the line."""
    begin = 0
    for line in part.split("\n"):
        if expression.search(line[:_LONGEST_LINE]):
            yield begin, line
        begin += len(line) + 1


def _in_block(many: re.Pattern[str], part: str) -> Iterator[tuple[int, str]]:
    """Do the same for an expression that stays in its line."""
    at = 0
    while (match := many.search(part, at)) is not None:
        begin = part.rfind("\n", at, match.start()) + 1 or at
        end = part.find("\n", match.start())
        end = len(part) if end < 0 else end
        yield begin, part[begin:end]
        if end == len(part):
            return
        at = end + 1


def stays_in_line(pattern: str) -> bool:
    """Return whether no match of ``pattern`` can contain, or look at, the end of a line (when in doubt, no)."""
    return _ONE_LINE.fullmatch(pattern) is not None


def literal(pattern: str) -> str:
    """Return a text of ASCII that every match of ``pattern`` contains, the longest that is easy to see, or ''."""
    bare = re.sub(r"\\.", lambda escaped: "  " if escaped[0][1] not in _VALUED else "|", pattern, flags=re.DOTALL)
    if "|" in bare:
        return ""
    cut = re.search(r"[(\[{]", bare)
    if cut is not None:
        # What stands before a group or a set is judged; before a count, all but what is counted.
        pattern = pattern[: cut.start()] + ("?" if cut[0] == "{" else "")
    runs, run, place = list[str](), "", 0
    while place < len(pattern):
        character, size = pattern[place], 1
        plain = bool(_PLAIN.fullmatch(character))
        if character == "\\":
            character, size = pattern[place + 1 : place + 2], 2
            plain = bool(_PUNCTUATION.fullmatch(character))
        place += size
        after = pattern[place : place + 1]
        if plain and after not in _OPTIONAL:
            run += character
        if not plain or after in ("*", "?", "+"):
            runs.append(run)
            run = ""
    return max([*runs, run], key=len)
