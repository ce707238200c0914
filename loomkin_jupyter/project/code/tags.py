"""What one file defines and which names it uses. Works on broken source; never runs or imports it.

Languages without a grammar here are read by regular expressions, line by line. A notebook is its code cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import msgspec
from tree_sitter import Node, QueryCursor

from loomkin_jupyter.project.code.languages import Grammar, grammar_of, loaded

LARGEST = 1_000_000
"""Files of more bytes are data or generated; they are left out, and counted."""


class Definition(msgspec.Struct, frozen=True, array_like=True):
    """``start`` and ``end`` are 1-based inclusive lines; in a notebook, of the code cell number ``cell`` (from 1)."""

    name: str
    kind: str
    start: int
    end: int
    cell: int = 0


class FileTags(msgspec.Struct, frozen=True, array_like=True):
    """A file's definitions in the order of its text, and how often it uses which name."""

    definitions: list[Definition]
    uses: dict[str, int]


_NAME = r"[A-Za-z_][\w.$]*"
_FALLBACK: dict[str, list[tuple[str, re.Pattern[str]]]] = {
    ending: rows
    for endings, rows in (
        ((".r",), [("function", re.compile(rf"^\s*`?({_NAME})`?\s*(?:<-|=)\s*function\b"))]),
        (
            (".sql",),
            [
                (
                    "table",
                    re.compile(
                        r"^\s*create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view|materialized\s+view|function"
                        r"|procedure|index|type)\s+(?:if\s+not\s+exists\s+)?[`\"\[]?([\w.]+)",
                        re.IGNORECASE,
                    ),
                )
            ],
        ),
        (
            (".java", ".kt", ".scala", ".cs", ".swift", ".dart", ".php"),
            [
                ("class", re.compile(r"^\s*(?:[\w@]+\s+)*(?:class|interface|enum|struct|trait|object|record)\s+(\w+)")),
                ("function", re.compile(r"^\s*(?:[\w@]+\s+)*(?:fun|func|function|def)\s+(\w+)")),
                ("method", re.compile(r"^\s+(?:(?:public|private|protected|static|final|abstract|override|async)\s+)+"
                                      r"[\w<>\[\], ?]+\s+(\w+)\s*\(")),
            ],
        ),
        (
            (".c", ".h", ".cc", ".cpp", ".hpp", ".cu"),
            [
                ("type", re.compile(r"^\s*(?:typedef\s+)?(?:class|struct|enum|union|namespace)\s+(\w+)")),
                ("macro", re.compile(r"^\s*#\s*define\s+(\w+)")),
                ("function", re.compile(r"^[A-Za-z_][\w\s*&:<>,]*?\b(\w+)\s*\([^;]*$")),
            ],
        ),
    )
    for ending in endings
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z_]\w{2,}")


def understood(path: str) -> bool:
    """Return whether files of this ending are read."""
    dot = path.rfind(".")
    return path.endswith(".ipynb") or grammar_of(path) is not None or (dot >= 0 and path[dot:].lower() in _FALLBACK)


def read_tags(path: str, source: bytes) -> FileTags:
    """Return what ``source`` defines and uses; ``path`` decides the language. Empty for what cannot be read."""
    if len(source) > LARGEST or b"\0" in source[:8_192]:
        return FileTags([], {})
    if path.endswith(".ipynb"):
        return _notebook(source)
    grammar = grammar_of(path)
    return _parsed(grammar, source) if grammar is not None else _matched(path, source)


def lines_of_use(path: str, source: bytes, name: str) -> list[tuple[int, int, str]]:
    """Return (code cell or 0, line, text) of every line that uses ``name``, its definitions left out."""
    texts = code_cells(source) if path.endswith(".ipynb") else [source.decode("utf-8", "replace")]
    first = 1 if path.endswith(".ipynb") else 0
    grammar = grammar_of("a.py" if first else path)
    found: list[tuple[int, int, str]] = []
    for cell, text in enumerate(texts, first):
        lines = text.splitlines()
        numbers = _use_lines(grammar, text.encode(), name) if grammar is not None else _word_lines(lines, name)
        found += [(cell, number, lines[number - 1]) for number in numbers if number <= len(lines)]
    return found


def _use_lines(grammar: Grammar, source: bytes, name: str) -> list[int]:
    parser, query = loaded(grammar)
    captured = QueryCursor(query).captures(parser.parse(source).root_node)
    own = {node.start_byte for capture, nodes in captured.items() if capture.startswith("def.") for node in nodes}
    wanted = name.encode()
    rows = {n.start_point.row + 1 for n in captured.get("ref", ()) if n.text == wanted and n.start_byte not in own}
    return sorted(rows)


def _word_lines(lines: list[str], name: str) -> list[int]:
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    return [number for number, line in enumerate(lines, 1) if word.search(line)]


def code_cells(source: bytes) -> list[str]:
    """Return the sources of a notebook's code cells; an unreadable notebook has none. Magics become comments."""
    try:
        notebook = msgspec.json.decode(source, type=_Notebook)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    texts = [text if isinstance(text, str) else "".join(text) for text in cells]
    return [re.sub(r"(?m)^(\s*)[%!]", r"\1#", text) for text in texts]


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


def _notebook(source: bytes) -> FileTags:
    python = grammar_of("a.py")
    assert python is not None
    definitions: list[Definition] = []
    uses: Counter[str] = Counter()
    for number, text in enumerate(code_cells(source), 1):
        tags = _parsed(python, text.encode("utf-8", "replace"))
        definitions += [msgspec.structs.replace(found, cell=number) for found in tags.definitions]
        uses.update(tags.uses)
    return FileTags(definitions, dict(uses))


def _parsed(grammar: Grammar, source: bytes) -> FileTags:
    parser, query = loaded(grammar)
    captured = QueryCursor(query).captures(parser.parse(source).root_node)
    places: dict[int, Definition] = {}
    for capture, nodes in captured.items():
        kind = capture.removeprefix("def.")
        if kind != capture:
            # The first kind of a place holds: a function bound to a name is a function, not a variable.
            for node in nodes:
                places.setdefault(node.start_byte, _definition(node, kind))
    uses = Counter(
        node.text.decode("utf-8", "replace")
        for node in captured.get("ref", ())
        if node.start_byte not in places and node.text is not None
    )
    return FileTags(sorted(places.values(), key=lambda found: (found.start, -found.end)), dict(uses))


def _definition(name: Node, kind: str) -> Definition:
    whole = _whole(name)
    last = whole.end_point.row + (1 if whole.end_point.column else 0)
    start = whole.start_point.row + 1
    return Definition((name.text or b"").decode("utf-8", "replace"), kind, start, max(last, start))


_OPENERS = frozenset({"signature", "type_head", "call_expression", "parametrized_type_expression", "binary_expression",
                      "typed_expression", "where_expression", "arguments", "call", "binary_operator", "scope_resolution"})  # fmt: skip


def _whole(name: Node) -> Node:
    """Return the definition that the name belongs to: the nearest parent that is more than its head."""
    node = name.parent
    while node is not None and node.type in _OPENERS and node.parent is not None and node.parent.parent is not None:
        if node.type == "call" and node.start_byte != name.start_byte:
            break  # Elixir's `def f` is a call itself
        node = node.parent
    if node is not None and node.parent is not None and node.parent.type == "decorated_definition":
        node = node.parent
    return node if node is not None else name


def _matched(path: str, source: bytes) -> FileTags:
    rows = _FALLBACK.get(path[path.rfind(".") :].lower(), [])
    text = source.decode("utf-8", "replace")
    definitions = list(_lines_that_define(text, rows))
    own = {found.name for found in definitions}
    uses = Counter(word for word in _WORD.findall(text) if word not in own)
    return FileTags(definitions, dict(uses))


def _lines_that_define(text: str, rows: list[tuple[str, re.Pattern[str]]]) -> Iterator[Definition]:
    for number, line in enumerate(text.splitlines(), 1):
        for kind, pattern in rows:
            if len(line) < 400 and (match := pattern.match(line)):
                yield Definition(match[1], kind, number, number)
                break
