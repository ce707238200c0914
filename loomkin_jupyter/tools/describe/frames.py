"""Frames and series, of pandas or Polars: text from their profile."""

from __future__ import annotations

import importlib
from typing import Any

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe.profile import profile_frame

_COLUMNS = 80
_ROWS = {"sample": 5, "full": 20}


def is_polars(value: Any) -> bool:
    """Return whether this is an eager Polars frame or series."""
    return type(value).__module__.split(".")[0] == "polars" and type(value).__name__ in ("DataFrame", "Series")


def is_frame(value: Any) -> bool:
    """Return whether this is a pandas or Polars DataFrame (subclasses too)."""
    return any(
        base.__name__ == "DataFrame" and base.__module__.split(".")[0] in ("pandas", "polars")
        for base in type(value).__mro__
    )


def is_series(value: Any) -> bool:
    """Return whether this is a pandas Series or Index, or a Polars Series."""
    return any(
        base.__name__ in ("Series", "Index") and base.__module__.split(".")[0] in ("pandas", "polars")
        for base in type(value).__mro__
    )


def to_pandas(value: Any) -> Any:
    """Return a frame or series as pandas; Polars goes through plain columns, so that pyarrow is not needed."""
    if not is_polars(value):
        return value
    pd: Any = importlib.import_module("pandas")
    if type(value).__name__ == "Series":
        return pd.Series(value.to_list(), name=value.name)
    return pd.DataFrame({name: value[name].to_list() for name in value.columns})


def sampled(value: Any, most: int) -> tuple[Any, int]:
    """Return (a copy of at most ``most`` rows as pandas, all rows); every n-th row, so that the order shows."""
    rows = len(value)
    step = max(1, -(-rows // most))
    if is_polars(value):
        return to_pandas(value.gather_every(step) if step > 1 else value), rows
    return (value.iloc[::step].copy() if step > 1 else value.copy()), rows


def frame_text(name: str, value: Any, share: Sharing, most: int = 20_000) -> str:
    """Return columns with types, and from ``stats`` on what their profile says."""
    part, rows = sampled(value, most)
    profile = profile_frame(part, share, rows=rows, brief=True)
    return profile_text(name, profile, part, share)


def profile_text(name: str, profile: JsonObject, part: Any, share: Sharing) -> str:
    """Return a profile as text; rows only at ``sample`` and ``full``."""
    rows, columns = profile["rows"], profile["columns"]
    lines = [f"{name}: DataFrame, {rows} rows × {len(columns)} columns"]
    if profile.get("sampled"):
        lines.append(f"(statistics of {profile['sampled']} rows, every n-th)")
    lines += [f"- {_column(c)}" for c in columns[:_COLUMNS]]
    if len(columns) > _COLUMNS:
        lines.append(f"- … {len(columns) - _COLUMNS} more columns")
    if profile.get("duplicates") is not None:
        lines.append(f"duplicate rows: {profile['duplicates']}")
    if profile.get("keys"):
        lines.append(f"unique columns (keys): {', '.join(profile['keys'])}")
    lines += [f"hint: {hint}" for hint in profile.get("hints", ())]
    if share in _ROWS and part is not None and len(part):
        lines.append(f"first rows:\n{part.head(_ROWS[share]).to_string(max_cols=30, max_colwidth=60)}")
    return "\n".join(lines)


def _column(column: JsonObject) -> str:
    parts = [f"{column['name']}: {column['type']}"]
    if column.get("missing"):
        parts.append(f"{column['missing']} missing ({column['missing_share']:.1%})")
    if column.get("min") is not None:
        parts.append(f"{column['min']} … {column['max']}")
    if column.get("mean") is not None:
        parts.append(f"mean {column['mean']}")
    if column.get("distinct") is not None:
        parts.append(f"{column['distinct']} distinct")
    if column.get("outliers"):
        parts.append(f"{column['outliers']} outliers")
    if column.get("top"):
        parts.append("top " + ", ".join(f"{value!r} × {count}" for value, count in column["top"]))
    return "; ".join(parts)


def series_text(name: str, value: Any, share: Sharing) -> str:
    """Return a series as a frame of one column."""
    series = to_pandas(value)
    label = str(getattr(series, "name", None) or name)
    return frame_text(name, series.to_frame(name=label), share).replace("DataFrame", "Series", 1)
