"""The committed schema and types are those of the code."""

from __future__ import annotations

import json
from pathlib import Path

from loomkin_jupyter.core.signals import SIGNALS
from loomkin_jupyter.views import generate


def test_the_committed_files_are_up_to_date() -> None:
    assert generate.stale() == []


def test_every_signal_is_described_and_closed() -> None:
    definitions = json.loads(generate.schema_text())["$defs"]
    for signal in SIGNALS:
        assert definitions[signal.__name__]["additionalProperties"] is False
        assert f"export interface {signal.__name__} " in generate.types_text()


def test_a_difference_is_found(tmp_path: Path) -> None:
    other = tmp_path / "schema.json"
    other.write_text("{}")
    assert generate.stale(other, generate.TYPES) == [other]
