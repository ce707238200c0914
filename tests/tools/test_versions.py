"""Who changed what since when."""

from __future__ import annotations

from loomkin_jupyter.tools.versions import Change, Edit, FileVersions, content_hash, touched


def test_the_chain_of_changes_or_a_stranger() -> None:
    versions = FileVersions()
    one, two = Change("a", "b", "ada", (Edit(1, 1, 3),)), Change("b", "c", "bob", (Edit(10, 0, 1),))
    versions.note("f", one)
    versions.note("f", two)
    assert versions.since("f", "a", "c") == [one, two] and versions.since("f", "c", "c") == []
    assert versions.since("f", "a", "x") is None and versions.since("g", "a", "b") is None
    assert versions.statistics() == {"files": 1, "changes": 2}
    assert versions.lock("f") is versions.lock("f")


def test_touched_lines_move_with_later_edits() -> None:
    bobs = Change("a", "b", "bob", (Edit(10, 2, 2),))
    mine = Change("b", "c", "ada", (Edit(1, 0, 5),))
    below = Change("c", "d", "ada", (Edit(40, 1, 9),))
    assert touched([bobs, mine, below], "ada") == [(15, 16)]
    assert touched([bobs, Change("b", "c", "ada", (Edit(11, 3, 1),))], "ada") == [(10, 11)]
    assert touched([bobs], "bob") == []


def test_hashes() -> None:
    assert content_hash(b"").startswith("e3b0c442")
