"""Symbols: the same lines as Python's own parser, and something for broken files too."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.project.symbols import Symbol, find_symbol, symbols

SOURCE = """\
LIMIT = 3

@decorated
class Box:
    size = 1

    @property
    def width(self):
        def inner():
            return 1
        return inner()


async def fetch(): ...
"""


def test_names_kinds_and_lines() -> None:
    assert symbols(SOURCE) == [
        Symbol("LIMIT", "variable", 1, 1),
        Symbol("Box", "class", 3, 11),
        Symbol("Box.width", "function", 7, 11),
        Symbol("Box.width.inner", "function", 9, 10),
        Symbol("fetch", "function", 14, 14),
    ]
    assert find_symbol(SOURCE, "Box.width") == (7, 11)
    assert find_symbol(SOURCE, "width") is None


def test_of_several_definitions_the_last() -> None:
    assert find_symbol("def f(): ...\n\ndef f():\n    return 2\n", "f") == (3, 4)


HEADS = ["def f(a, b=1):", "class C:", "async def g():", "if x:", "@d\ndef h():", "for i in x:"]


def block(head: str, body: list[str]) -> str:
    return head + "\n" + "\n".join("    " + line for part in body for line in part.splitlines())


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(block, st.sampled_from(HEADS), st.lists(inner, min_size=1, max_size=3))


blocks = st.recursive(st.just("x = 1"), deeper, max_leaves=8)


@given(st.lists(blocks, min_size=1, max_size=3))
def test_the_same_lines_as_pythons_own_parser(parts: list[str]) -> None:
    source = "\n\n".join(parts) + "\n"
    expected = sorted(
        (min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    )
    assert sorted((s.start, s.end) for s in symbols(source) if s.kind != "variable") == expected


@given(st.text())
def test_any_text_has_symbols_inside_its_lines(source: str) -> None:
    for symbol in symbols(source):
        assert 1 <= symbol.start <= symbol.end <= source.count("\n") + 1


@pytest.mark.parametrize("source", ["def f(:\n  pass\ndef ok(): ...\n", "(" * 3_000, "\ud800 = 1\n", "def " * 2_000])
def test_broken_and_deep_files(source: str) -> None:
    assert isinstance(symbols(source), list)
