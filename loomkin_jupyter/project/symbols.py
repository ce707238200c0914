"""Symbols of Python source by tree-sitter: dotted name → lines. Works on broken files too; never imports or runs them."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import tree_sitter_python
from tree_sitter import Language, Node, Parser

_DEFINITIONS = {"function_definition": "function", "class_definition": "class"}


class Symbol(msgspec.Struct, frozen=True):
    """A definition. ``start`` and ``end`` are 1-based inclusive lines, decorators included."""

    name: str
    kind: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def symbols(source: str) -> list[Symbol]:
    """Return every class, function and module-level assignment, in the order of the text; methods as ``Class.method``."""
    tree = _parser().parse(source.encode("utf-8", errors="replace"))
    found: list[Symbol] = []
    _walk(tree.root_node, "", found)
    return found


def find_symbol(source: str, name: str) -> tuple[int, int] | None:
    """Return the lines of the dotted ``name``; of several definitions the last, which is the one that holds at run time."""
    hits = [symbol for symbol in symbols(source) if symbol.name == name]
    return (hits[-1].start, hits[-1].end) if hits else None


def _walk(root: Node, prefix: str, found: list[Symbol]) -> None:
    # An own stack: source may be nested deeper than Python's recursion limit.
    stack: list[tuple[Node, str]] = [(root, prefix)]
    while stack:
        node, outer = stack.pop()
        inner = outer
        if node.type in _DEFINITIONS:
            name_node = node.child_by_field_name("name")
            if name_node is not None and name_node.text is not None:
                inner = f"{outer}.{_text(name_node)}" if outer else _text(name_node)
                found.append(Symbol(inner, _DEFINITIONS[node.type], *_lines(_decorated(node))))
        elif node.type == "assignment" and not outer:
            left = node.child_by_field_name("left")
            if left is not None and left.type == "identifier":
                found.append(Symbol(_text(left), "variable", *_lines(node)))
        stack += [(child, inner) for child in reversed(node.children)]


def _decorated(node: Node) -> Node:
    parent = node.parent
    return parent if parent is not None and parent.type == "decorated_definition" else node


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", errors="replace")


def _lines(node: Node) -> tuple[int, int]:
    # A node that ends at column 0 ends with the line before.
    end = node.end_point.row + (1 if node.end_point.column else 0)
    return node.start_point.row + 1, max(end, node.start_point.row + 1)
