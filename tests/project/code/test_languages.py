"""Every grammar loads with its query, and file endings find it."""

from __future__ import annotations

import pytest

from loomkin_jupyter.project.code.languages import GRAMMARS, Grammar, grammar_of, loaded


@pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda grammar: grammar.name)
def test_each_grammar_and_its_query_load(grammar: Grammar) -> None:
    parser, query = loaded(grammar)
    assert not parser.parse(b"").root_node.has_error and query.pattern_count > 2
    assert all(grammar_of(f"a/b{ending}") is grammar for ending in grammar.endings)


def test_an_ending_that_nobody_knows_has_no_grammar() -> None:
    assert grammar_of("Makefile") is None and grammar_of("a.unknown") is None
    assert grammar_of("A.PY") is grammar_of("a.py")
