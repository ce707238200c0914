# pyright: basic
"""The static bundle that a cell keeps."""

from __future__ import annotations

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.kernel.display import OUTPUT_MOST, bundle
from loomkin_jupyter.views.projection import Projection


def _state(answer: str) -> dict[str, object]:
    projection = Projection()
    projection.apply(s.RunStarted(run="r", request="Look"))
    projection.apply(s.RunFinished(run="r", status="done", answer=answer))
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
