# pyright: basic
"""Describing a live variable by its shape only: type, size, columns and their types. Never a value of the user's data."""

from __future__ import annotations

from typing import Any

COLUMNS_MOST = 60


def describe(name: str, value: Any) -> str:
    """Return what may be said of a variable at every sharing level."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    parts = [f"{name}: {kind}"]
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        parts.append("shape " + " × ".join(str(size) for size in shape))
    elif isinstance(value, list | tuple | dict | set | frozenset | str | bytes):
        parts.append(f"length {len(value)}")
    columns = getattr(value, "columns", None)
    dtypes = getattr(value, "dtypes", None)
    if columns is not None and dtypes is not None:
        pairs = [f"{column} ({kind})" for column, kind in zip(columns, dtypes, strict=False)]
        more = f" and {len(pairs) - COLUMNS_MOST} more" if len(pairs) > COLUMNS_MOST else ""
        parts.append("columns " + ", ".join(pairs[:COLUMNS_MOST]) + more)
    elif (dtype := getattr(value, "dtype", None)) is not None:
        parts.append(f"dtype {dtype}")
    elif callable(value):
        parts.append("callable")
    return "; ".join(parts)
