"""Describing values of the user's namespace within a sharing level: what a model may know of data without seeing it.

``schema``: names, types, sizes. ``stats``: also counts, rounded ranges, values that occur at least 20 times.
``sample``: also a few rows. ``full``: values as they are. Reading only; nothing here changes a value.
"""

from __future__ import annotations

from typing import Any, cast

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe import arrays, frames, generic

__all__ = ["describe", "is_described", "one_line"]


def is_described(value: Any) -> bool:
    """Return whether a value is data with a describer of its own (a frame, a series, an array)."""
    return frames.is_frame(value) or frames.is_series(value) or arrays.is_array(value)


def describe(name: str, value: Any, share: Sharing) -> str:
    """Return what may be said of ``value``; a value whose own code fails is said to be so."""
    try:
        if frames.is_frame(value):
            return frames.frame_text(name, value, share)
        if frames.is_series(value):
            return frames.series_text(name, value, share)
        if arrays.is_array(value):
            return arrays.array_text(name, value, share)
        return generic.generic_text(name, value, share)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError, RuntimeError) as failed:
        return f"{name}: {type(value).__name__} that could not be described ({type(failed).__name__})"


def one_line(name: str, value: Any) -> str:
    """Return name, type and size in one line; shows no values at any level."""
    kind = type(value).__name__
    try:
        if frames.is_frame(value):
            rows, columns = value.shape
            return f"{name}: {kind} {rows} × {columns} ({', '.join(str(c) for c in list(value.columns)[:12])}{', …' if columns > 12 else ''})"
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple) and shape:
            sizes = cast("tuple[int, ...]", shape)
            return f"{name}: {kind} {' × '.join(map(str, sizes))} {getattr(value, 'dtype', '')}".rstrip()
        if isinstance(value, str | bytes | list | tuple | set | frozenset | dict):
            return f"{name}: {kind} of length {len(cast('list[Any]', value))}"
    except (TypeError, ValueError, AttributeError, RuntimeError):
        pass
    return f"{name}: {kind}"
