"""What of a user's data a model may see. Pure; what runs code asks here before its output is shown to a model.

schema: names, types, shapes. stats: also counts, rounded ranges, top values that occur at least 20 times.
sample: also a few rows. full: everything. Models on loopback and the playbook get everything: nothing leaves.
"""

from __future__ import annotations

import math

import msgspec

from loomkin_jupyter.core.status import Sharing

LEAST_COUNT = 20
_DIGITS = 2
_SMALLEST = 1e-300


class View(msgspec.Struct, frozen=True):
    """What one level lets through."""

    level: Sharing

    @property
    def values(self) -> bool:
        """Whether single values (reprs, cell outputs, tracebacks with values) may be shown without a release."""
        return self.level in ("sample", "full")


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
