"""How a subject is measured: several runs, medians, each as a ratio to a baseline of the same run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. ``ratio`` is value / baseline, where there is a baseline."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over baseline."""
        return None if not self.baseline else self.value / self.baseline


def row(name: str, values: Sequence[float], unit: str, *, baseline: Sequence[float] = (), target: str = "") -> Row:
    """Return the medians of ``values`` and ``baseline`` as a row."""
    base = statistics.median(baseline) if baseline else None
    return Row(name=name, value=statistics.median(values), unit=unit, baseline=base, target=target)


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | median | baseline | ratio | target |", "|---|---|---|---|---|"]
    for one in rows:
        base = "" if one.baseline is None else f"{one.baseline:,.2f} {one.unit}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f} ×"
        lines.append(f"| {one.name} | {one.value:,.2f} {one.unit} | {base} | {ratio} | {one.target} |")
    return "\n".join(lines)
