"""Numbers and dates rounded so far that they tell a range and no record."""

from __future__ import annotations

import datetime
import math
from typing import Any

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.sharing import LEAST_COUNT, round_outwards

FEWEST = LEAST_COUNT
_DIGITS = 2


def rounded(value: Any, share: Sharing) -> Any:
    """Return a number with two significant digits, a date as its month; ``full`` leaves values as they are."""
    if value is None:
        return None
    if isinstance(value, datetime.date | datetime.datetime):
        if value != value:  # not a time
            return None
        return value.isoformat() if share == "full" else value.strftime("%Y-%m")
    if isinstance(value, datetime.timedelta):
        return rounded(value.total_seconds(), share)
    if isinstance(value, bool):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if math.isnan(number) or math.isinf(number):
        return None
    if share == "full":
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    if number == 0:
        return 0
    result = round(number, _DIGITS - 1 - math.floor(math.log10(abs(number))))
    return int(result) if float(result).is_integer() and abs(result) < 1e15 else result


def bounds(low: Any, high: Any, share: Sharing) -> tuple[Any, Any]:
    """Return a range that holds both ends, rounded outwards below ``full``."""
    if share == "full" or isinstance(low, datetime.date | datetime.datetime | datetime.timedelta):
        return rounded(low, share), rounded(high, share)
    try:
        ends = (round_outwards(float(low), up=False), round_outwards(float(high), up=True))
    except OverflowError:
        return float(low), float(high)  # at the edge of what a float can hold there is nothing left to round
    except (TypeError, ValueError):
        return None, None
    return tuple(int(e) if math.isfinite(e) and e.is_integer() and abs(e) < 1e15 else e for e in ends)  # type: ignore[return-value]
