"""One table of families."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.status import AGENT_STATUSES
from loomkin_jupyter.views.status_families import FAMILIES, activity_words, family_of, table, word_of


def test_every_status_has_a_family() -> None:
    assert {family_of(status) for status in AGENT_STATUSES} <= set(FAMILIES)


def test_glyphs_words_and_orders_differ() -> None:
    for field in ("glyph", "word", "order", "shape"):
        values = [row[field] for row in table()]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("activity", ["permission", "approval", "answer"])
def test_waiting_for_a_person_needs_you(activity: str) -> None:
    assert family_of("waiting", activity) == "needs_you"
    assert family_of("working", activity) == "needs_you"


def test_silence_is_a_state_of_its_own_and_never_idle() -> None:
    assert family_of("working", "thinking", silent_s=44) == "working"
    assert family_of("working", "thinking", silent_s=46) == "silent"
    assert word_of("silent", "working", silent_s=50.9) == "no sign for 50 s"
    assert family_of("idle", silent_s=500) == "idle"


def test_words_name_whom_one_waits_for() -> None:
    family = family_of("working", "teammate")
    assert word_of(family, "working", "teammate", "Ada") == "waiting for Ada"
    assert activity_words("tool", "shell") == "using shell"
    assert activity_words("thinking", "") == "thinking"
    assert activity_words("", "") == ""


def test_an_idle_agent_of_a_finished_run_is_done() -> None:
    assert family_of("idle", finished=True) == "done"
