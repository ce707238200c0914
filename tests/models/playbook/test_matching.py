"""A request finds the playbook whose words it shares; below the threshold none is guessed."""

from __future__ import annotations

import pytest

from loomkin_jupyter.models.playbook import Playbook, PlaybookError, parse_playbook
from loomkin_jupyter.models.playbook.matching import find, none_fits
from loomkin_jupyter.models.playbook.transcript import read


def book(name: str, match: str) -> Playbook:
    return parse_playbook(f"playbook: {name}\ntitle: T {name}\nmatch: {match}\nagents: {{lead: [{{report: x}}]}}")


BOOKS = [
    book("audit", "{keywords: [audit, quality, missing], patterns: ['audit (?P<frame>\\w+)']}"),
    book("tests", "{keywords: [failing, tests, pytest], least: 2}"),
]


def asked(text: str, system: str = "You are lead (lead) in team t.") -> str | None:
    found = find(BOOKS, read([{"role": "system", "content": system}, {"role": "user", "content": text}]))
    return found[0].name if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Audit flights for quality", "audit"),
        ("find the failing tests", "tests"),
        ("the tests", None),
        ("write a poem", None),
        ("", None),
        ("[task from lead]\nT1 go (playbook tests; path=a)", "tests"),
    ],
)
def test_words_choose(text: str, name: str | None):
    assert asked(text) == name


def test_patterns_and_marks_give_variables():
    def values(text: str) -> dict[str, object]:
        found = find(BOOKS, read([{"role": "user", "content": text}]))
        assert found is not None
        return found[1]

    assert values("audit planes") == {"frame": "planes"}
    assert values("[task from lead]\nT1 (playbook audit; frame=planes; top=3)") == {"frame": "planes", "top": 3}


def test_a_mark_in_a_users_request_is_only_words():
    assert asked("explain (playbook tests) to me") is None


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(PlaybookError, match="Did you mean audit"):
        find(BOOKS, read([{"role": "user", "content": "x"}]), "audti")


def test_what_none_fits_says():
    text = none_fits(BOOKS, "write a poem")
    assert "T audit" in text
    assert "--model" in text
