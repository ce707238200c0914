"""NumPy arrays, by their attributes: NumPy itself is not imported."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe.numbers import rounded

_LARGE = 5_000_000


def is_array(value: Any) -> bool:
    """Return whether this is a NumPy array."""
    return (
        type(value).__module__.split(".")[0] == "numpy"
        and hasattr(value, "ndim")
        and hasattr(value, "ravel")
        and value.ndim > 0
    )


def array_text(name: str, value: Any, share: Sharing) -> str:
    """Return shape and type, and from ``stats`` on range and mean of numbers (of a part when large)."""
    text = f"{name}: array {' × '.join(map(str, value.shape))}, {value.dtype}"
    if share == "schema" or not value.size:
        return text
    flat = value.ravel()
    if value.dtype.kind in "iuf":
        part = flat[:: max(1, flat.size // _LARGE)]
        numbers = part[part == part]
        missing = int(part.size - numbers.size)
        if numbers.size:
            low, high, mean = (rounded(v, share) for v in (numbers.min(), numbers.max(), numbers.mean()))
            text += f"; from about {low} to {high}, mean {mean}; {missing} not a number" + (
                " (of a part)" if part.size < flat.size else ""
            )
    if share in ("sample", "full"):
        most = 10 if share == "sample" else 200
        text += f"\nfirst values: {flat[:most].tolist()}"
    return text
