# pyright: basic
"""The outcome of a run."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from loomkin_jupyter.kernel.runs import RunResult


def test_frames_and_figures_are_those_among_the_values() -> None:
    frame, figure = pd.DataFrame({"x": [1]}), Figure()
    result = RunResult({"status": "done", "answer": "Yes."}, {"df": frame, "fig": figure, "n": 3})
    assert set(result.values) == {"df", "fig", "n"}
    assert list(result.frames) == ["df"]
    assert list(result.figures) == ["fig"]
    assert (str(result), repr(result)) == ("Yes.", "<Loomkin result: done>")


def test_a_run_without_an_answer_says_why() -> None:
    result = RunResult({"status": "limit", "answer": "", "reason": "The budget is reached."})
    assert str(result) == "The budget is reached."
    assert not result.values
