"""What of a user's data a model may see. Pure; describers of frames, files and notebooks ask here before they show.

schema: names, types, shapes. stats: also counts, rounded ranges, top values that occur at least 20 times.
sample: also a few rows. full: everything. Models on loopback and the playbook get everything: nothing leaves.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from loomkin_jupyter.core.status import SHARING_LEVELS, Sharing

LEAST_COUNT = 20
MOST_TOP_VALUES = 5
SAMPLE_ROWS = 5
_LOOPBACK = ("localhost", "0.0.0.0")
_DIGITS = 2
_SMALLEST = 1e-300


class View(msgspec.Struct, frozen=True):
    """What one level lets through. ``rows`` None is no limit."""

    level: Sharing

    @property
    def statistics(self) -> bool:
        """Counts, missing values, rounded ranges, frequent values."""
        return self.level != "schema"

    @property
    def rows(self) -> int | None:
        """How many rows or single values may be shown."""
        return {"schema": 0, "stats": 0, "sample": SAMPLE_ROWS, "full": None}[self.level]

    @property
    def values(self) -> bool:
        """Whether single values (reprs, cell outputs, tracebacks with values) may be shown without a release."""
        return self.level in ("sample", "full")

    def range(self, low: float, high: float) -> tuple[float, float] | None:
        """Return a range that holds ``low`` and ``high``: rounded outwards below ``full``, None below ``stats``."""
        if not self.statistics or math.isnan(low) or math.isnan(high):
            return None
        return (low, high) if self.level == "full" else (round_outwards(low, up=False), round_outwards(high, up=True))

    def top_values(self, counts: Mapping[str, int]) -> list[tuple[str, int]]:
        """Return the frequent values, most frequent first; rare ones could point at a person."""
        if not self.statistics:
            return []
        pairs = list(counts.items())
        least = 1 if self.level == "full" else LEAST_COUNT
        frequent = sorted((pair for pair in pairs if pair[1] >= least), key=lambda pair: -pair[1])
        return frequent if self.level == "full" else frequent[:MOST_TOP_VALUES]


def view_for(level: Sharing, model: str, *, local: bool = False, base_url: str = "") -> View:
    """Return what ``model`` may see in a run of this level."""
    return View("full" if local or is_private(model, base_url) else level)


def is_private(model: str, base_url: str = "") -> bool:
    """Return whether what this model is sent stays on this machine."""
    if model.startswith("loomkin/playbook"):
        return True
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return False  # what is no address goes nowhere private
    if host in _LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name: 127.example.org is anybody's


def strictest_level(levels: Iterable[Sharing]) -> Sharing:
    """Return the level that shows least."""
    return min(levels, key=SHARING_LEVELS.index)


def round_outwards(value: float, *, up: bool) -> float:
    """Return ``value`` rounded to two significant digits, away from the inside of its range."""
    if value == 0 or not math.isfinite(value):
        return value
    if abs(value) < _SMALLEST:
        away = up == (value > 0)  # beside the scale of floats: zero, or the smallest step away from it
        return math.copysign(_SMALLEST, value) if away else 0.0
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    factor = 10.0**digits
    scaled = value * factor
    if not math.isfinite(scaled):
        return value  # at the edge of what a float can hold there is nothing left to round
    rounded = round((math.ceil(scaled) if up else math.floor(scaled)) / factor, max(digits, 0))
    return max(rounded, value) if up else min(rounded, value)
