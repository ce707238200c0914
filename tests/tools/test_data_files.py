"""Files of records are described, not read out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loomkin_jupyter.tools.data_files import describe_file, is_data, withheld


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.csv", True), ("a.csv.gz", True), ("a.parquet", True), ("a.pkl", True), ("a.py", False), ("a.md", False)],
)
def test_by_ending(tmp_path: Path, name: str, data: bool) -> None:
    assert is_data(tmp_path / name) is data


def test_json_by_content(tmp_path: Path) -> None:
    records, settings = tmp_path / "r.json", tmp_path / "s.json"
    records.write_text(json.dumps([{"name": "canary"}] * 3))
    settings.write_text('{"a": 1}')
    assert withheld(records, "stats") and not withheld(settings, "stats") and not withheld(records, "full")
    text = describe_file(records, "r.json", "stats")
    assert "name" in text and "3 rows" in text and "canary" not in text


def test_descriptions_keep_values_and_errors_back(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("name,n\n" + "".join(f"canary{n},{n}\n" for n in range(30)))
    assert "canary" not in describe_file(file, "a.csv", "stats") and "canary3" in describe_file(file, "a.csv", "sample")
    broken = tmp_path / "b.jsonl"
    broken.write_text("{canary")
    assert "canary" not in describe_file(broken, "b.jsonl", "stats")
    closed = tmp_path / "c.pkl"
    closed.write_bytes(b"canary")
    assert "canary" not in describe_file(closed, "c.pkl", "stats")
