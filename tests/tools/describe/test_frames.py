"""Frames and series as text."""

from __future__ import annotations

import pandas as pd

from loomkin_jupyter.tools.describe import describe, frames, is_described, one_line


def test_frames_and_series() -> None:
    frame = pd.DataFrame({"a": range(10), "b": ["canary"] * 10})
    assert "10 rows × 2 columns" in describe("f", frame, "stats") and "canary" not in describe("f", frame, "stats")
    assert (
        describe("s", frame["a"], "stats").startswith("s: Series") and is_described(frame) and is_described(frame["a"])
    )
    assert one_line("f", frame) == "f: DataFrame 10 × 2 (a, b)"
    assert "canary" in describe("f", frame, "sample")


def test_large_frames_are_sampled_over_their_whole_length() -> None:
    part, rows = frames.sampled(pd.DataFrame({"a": range(1000)}), 100)
    assert rows == 1000 and len(part) == 100 and part["a"].iloc[-1] == 990


def test_an_empty_frame() -> None:
    assert "0 rows" in describe("f", pd.DataFrame(), "stats")
