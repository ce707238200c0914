# pyright: basic
"""Which outputs of a notebook are ours and cannot live, and what takes their place."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.server.records import WIDGET, End, Told, level_of, live_runs, put_missing, put_records, run_of
from loomkin_jupyter.views.projection import Projection

FIGURE = {"output_type": "display_data", "data": {"text/plain": "a figure"}, "metadata": {}}
TEXTS = {"text/html": "<p>Done</p>", "text/markdown": "Done", "text/plain": "Done"}


def _card(run: str, **ours: str) -> dict[str, Any]:
    data = {WIDGET: {"model_id": "m"}, "text/plain": "Running"}
    return {"output_type": "display_data", "data": data, "metadata": {"loomkin": {"run": run, **ours}}}


def _notebook(**cells: list[dict[str, Any]]) -> dict[str, Any]:
    made = [{"cell_type": "code", "id": name, "source": "", "outputs": outputs} for name, outputs in cells.items()]
    return {"cells": [{"cell_type": "markdown", "source": "# Notes"}, *made]}


def test_only_cards_are_replaced_and_only_once() -> None:
    foreign = {"output_type": "display_data", "data": {WIDGET: {"model_id": "x"}}, "metadata": {}}
    notebook = _notebook(a=[FIGURE, _card("r1", save="full")], b=[foreign], c=[_card("r2")])
    assert live_runs(notebook) == {"r1", "r2"}
    asked: list[tuple[str, str]] = []

    def record(run: str, level: str) -> dict[str, str] | None:
        asked.append((run, level))
        return TEXTS if run == "r1" else None

    assert put_records(notebook, record) == 1
    assert asked == [("r1", "full"), ("r2", "summary")]
    assert notebook["cells"][1]["outputs"] == [
        FIGURE,
        {"output_type": "display_data", "data": TEXTS, "metadata": {"loomkin": {"run": "r1", "save": "full"}}},
    ]
    assert notebook["cells"][2]["outputs"] == [foreign]
    again = copy.deepcopy(notebook)
    assert put_records(notebook, lambda run, level: TEXTS if run == "r1" else None) == 0
    assert notebook == again


def test_a_missing_record_goes_where_nothing_else_is() -> None:
    notebook = _notebook(empty=[], older=[_card("r0")], own=[FIGURE], there=[_card("r4")])
    runs = [(f"r{n}", cell, TEXTS) for n, cell in enumerate(("empty", "older", "own", "there", "gone"), start=1)]
    assert put_missing(notebook, runs) == 2
    shown = {cell["id"]: [run_of(output) for output in cell["outputs"]] for cell in notebook["cells"][1:]}
    assert shown == {"empty": ["r1"], "older": ["r2"], "own": [""], "there": ["r4"]}


_JSON = st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda v: st.lists(v, max_size=2) | st.dictionaries(st.sampled_from(["loomkin", "run", "save", "x"]), v, max_size=2))  # fmt: skip


@given(metadata=_JSON)
def test_no_metadata_is_too_strange(metadata: Any) -> None:
    output = {"output_type": "display_data", "data": {}, "metadata": metadata}
    assert isinstance(run_of(output), str)
    assert level_of(output) in ("none", "summary", "full")


def test_an_end_before_the_last_sign_is_not_the_end() -> None:
    from loomkin_jupyter.core import signals as s

    projection = Projection()
    projection.apply(s.RunStarted(run="r", request="Look", time=100.0))
    told = Told(projection.snapshot(), {"r": 160.0})
    assert told.running_since("r") == 100.0
    assert told.bundle("nobody", "summary", None) is None
    for end, words in (
        (None, "died after 1970-01-01 00:02:40"),
        (End(120.0), "died after 1970-01-01 00:02:40"),
        (End(180.0), "died at 1970-01-01 00:03:00"),
        (End(180.0, "closed"), "closed at 1970-01-01 00:03:00"),
    ):
        assert words in (told.bundle("r", "summary", end) or {})["text/plain"]
