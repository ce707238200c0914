"""What a profile finds, and what it never tells."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from loomkin_jupyter.tools.describe.profile import profile_frame


def test_findings() -> None:
    days: Any = getattr(pd, "date_range")("2013-01-05", periods=40)  # noqa: B009 - untyped in pandas
    frame = pd.DataFrame(
        {"k": range(40), "same": [1.0 * n for n in range(40)], "text": [str(n) for n in range(40)], "one": ["x"] * 40,
         "when": days, "odd": [[1]] * 40}
    )  # fmt: skip
    profile = profile_frame(frame, "stats", rows=40)
    assert profile["keys"] == ["k", "same", "text", "when"]
    hints = " ".join(profile["hints"])
    assert "one is constant" in hints and "text holds numbers as text" in hints and "leakage" in hints
    columns = {c["name"]: c for c in profile["columns"]}
    assert columns["when"]["min"] == "2013-01" and columns["one"]["top"] == [["x", 40]] and "top" not in columns["text"]
    json.dumps(profile)


def test_schema_only_and_no_rows() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    assert profile_frame(frame, "schema", rows=2)["columns"] == [{"name": "a", "type": "int64"}]
    empty = profile_frame(frame.iloc[:0], "stats", rows=0)
    assert empty["rows"] == 0 and empty["keys"] == []
    assert profile_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]), "stats", rows=1)["rows"] == 1
