"""The static bundle that a cell keeps, also of a run that was cut off."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.views.projection import Projection
from loomkin_jupyter.views.static.bundle import OUTPUT_MOST, bundle, closed, died


def _state(answer: str) -> dict[str, Any]:
    projection = Projection()
    projection.apply(s.RunStarted(run="r", request="Look"))
    projection.apply(s.RunFinished(run="r", status="done", answer=answer))
    return projection.snapshot()


def _cut_off() -> dict[str, Any]:
    projection = Projection()
    projection.apply(s.RunStarted(run="r", request="Look", team="main"))
    projection.apply(s.AgentSpawned(run="r", team="main", agent="lead", role="lead"))
    projection.apply(s.QuestionAsked(run="r", agent="lead", question="q", handle="Q1", kind="question", title="Which?"))
    return projection.snapshot()


def test_three_texts_and_no_widget() -> None:
    data = bundle(_state("Found <b>it</b>."), "r")
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    assert "<b>it" not in data["text/html"]
    assert "<script" not in data["text/html"]
    assert len(data["text/plain"].splitlines()) <= 12


def test_it_stays_small() -> None:
    data = bundle(_state("word " * 100_000), "r", "full")
    assert sum(len(text.encode()) for text in data.values()) < OUTPUT_MOST


def test_a_run_that_was_cut_off_is_not_called_running() -> None:
    text = bundle(_cut_off(), "r", interrupted=died(0.0, 0.0))["text/html"]
    words = "Interrupted: the kernel died at 1970-01-01 00:00:00 UTC; %loomkin resume goes on"
    assert words in text
    assert "Was waiting for you: Q1 Which?" in text
    assert '<td><div align="left">interrupted</div></td>' in text
    assert "Running" not in text


def test_a_run_that_ended_is_told_as_it_ended() -> None:
    assert bundle(_state("Found."), "r", interrupted=closed(0.0)) == bundle(_state("Found."), "r")


def test_an_end_that_nobody_saw_has_its_last_sign() -> None:
    assert "died after 1970-01-01 00:01:00 UTC" in died(None, 60.0)
    assert "closed at 1970-01-01 00:01:00 UTC" in closed(60.0)
