"""Edges in words: both directions of every kind, and what a node's standing says."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.edges import along, back, standing

EDGES = [
    {"source": "D8", "target": "D30", "kind": "supersedes"},
    {"source": "D1", "target": "D8", "kind": "leads_to"},
]


@pytest.mark.parametrize(
    ("kind", "forth", "words"),
    [
        ("supersedes", "superseded by", "supersedes"),
        ("leads_to", "leads to", "follows from"),
        ("chosen", "chosen", "chosen for"),
        ("a_new_one", "a new one", "a new one from"),
    ],
)
def test_an_edge_reads_in_both_directions(kind: str, forth: str, words: str) -> None:
    assert (along(kind), back(kind)) == (forth, words)


def test_standing_names_what_took_the_place() -> None:
    assert standing({"handle": "D8", "status": "superseded"}, EDGES) == " [superseded by D30]"
    assert standing({"handle": "D8", "status": "superseded", "doubt": True}, []) == " [in doubt] [superseded]"
    assert standing({"handle": "D8", "status": "abandoned"}, EDGES) == " [abandoned]"
    assert standing({"handle": "D1", "status": "active"}, EDGES) == standing({"handle": "D1"}, EDGES) == ""
