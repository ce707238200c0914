"""The profile of a frame: types, missing values, ranges, duplicates, outliers, keys, and hints of trouble.

Takes a pandas frame that belongs to it (a copy); runs on a worker thread for large ones. Every value in a profile has
passed the sharing level: numbers are rounded, texts occur at least 20 times.
"""

from __future__ import annotations

import importlib
from typing import Any, cast

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe.numbers import FEWEST, bounds, rounded

_TOP = 5
_SCHEMA_ONLY = ("schema",)


def profile_frame(frame: Any, share: Sharing, *, rows: int, brief: bool = False) -> JsonObject:
    """Return the profile as JSON. ``rows`` of the whole frame; ``brief`` leaves out duplicates, keys and hints."""
    columns = [_column(frame, place, share) for place in range(frame.shape[1])]
    profile: JsonObject = {"rows": rows, "columns": columns}
    if share in _SCHEMA_ONLY:
        return profile
    part = len(frame)
    if part < rows:
        profile["sampled"] = part
    if brief:
        return profile
    profile["duplicates"] = _duplicates(frame)
    profile["keys"] = [c["name"] for c in columns if part > 1 and c.get("distinct") == part and not c.get("missing")]
    profile["hints"] = _hints(frame, columns, profile["duplicates"], part)
    return profile


def _column(frame: Any, place: int, share: Sharing) -> JsonObject:
    series = frame.iloc[:, place]
    column: JsonObject = {"name": str(frame.columns[place]), "type": str(series.dtype)}
    if share in _SCHEMA_ONLY:
        return column
    missing = int(series.isna().sum())
    column["missing"] = missing
    column["missing_share"] = round(missing / len(series), 4) if len(series) else 0.0
    column["distinct"] = _distinct(series)
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iuf" and missing < len(series):
        _numeric(series.dropna(), column, share)
    elif kind == "M" and missing < len(series):
        column["min"], column["max"] = bounds(series.min(), series.max(), share)
    else:
        _values(series.dropna(), column, share)
    return column


def _numeric(series: Any, column: JsonObject, share: Sharing) -> None:
    column["min"], column["max"] = bounds(series.min(), series.max(), share)
    column["mean"] = rounded(series.mean(), share)
    low, high = (float(q) for q in series.quantile([0.25, 0.75]))
    spread = high - low
    outside = (series < low - 3 * spread) | (series > high + 3 * spread) if spread > 0 else series != series
    column["outliers"] = int(outside.sum())
    column["negative"] = int((series < 0).sum())
    column["zero"] = int((series == 0).sum())
    if column["distinct"] is not None and column["distinct"] <= _TOP * 4:
        _values(series, column, share)


def _values(series: Any, column: JsonObject, share: Sharing) -> None:
    """The most frequent values, as far as so many share them that they point at nobody."""
    try:
        counts = series.value_counts().head(_TOP)
    except TypeError:
        return  # unhashable values
    fewest = 1 if share == "full" else FEWEST
    top = [[_plain(value), int(count)] for value, count in counts.items() if int(count) >= fewest]
    if top:
        column["top"] = top


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return value if not isinstance(value, str) else value[:60]
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)[:60]


def _distinct(series: Any) -> int | None:
    try:
        return int(series.nunique())
    except TypeError:
        return None


def _duplicates(frame: Any) -> int | None:
    try:
        return int(frame.duplicated().sum())
    except TypeError:
        return None


def _hints(frame: Any, columns: list[JsonObject], duplicates: int | None, part: int) -> list[str]:
    """What an experienced reader would notice, in words without values."""
    found: list[str] = []
    if duplicates:
        found.append(f"{duplicates} rows repeat earlier ones")
    for place, column in enumerate(columns):
        name = cast("str", column["name"])
        if part and column.get("distinct") == 1 and not column["missing"]:
            found.append(f"{name} is constant")
        if column["missing_share"] > 0.3:
            found.append(f"{name} is missing in {column['missing_share']:.0%} of the rows")
        if column["type"] in ("object", "str", "string") and _mostly_numbers(frame.iloc[:, place]):
            found.append(f"{name} holds numbers as text")
        if column.get("outliers") and column["outliers"] / max(part, 1) > 0.001:
            found.append(f"{name} has {column['outliers']} values far outside the middle half")
    return found + _leaks(frame, columns)


def _mostly_numbers(series: Any) -> bool:
    pd: Any = importlib.import_module("pandas")
    texts = series.dropna().head(2000).astype(str)
    return bool(len(texts) and pd.to_numeric(texts, errors="coerce").notna().mean() > 0.9)


def _leaks(frame: Any, columns: list[JsonObject]) -> list[str]:
    """Pairs of numeric columns that say nearly the same: one may give the other away in a model."""
    numeric = [
        i for i, c in enumerate(columns) if c["type"].startswith(("int", "float", "uint")) and (c["distinct"] or 0) > 2
    ]
    if not 1 < len(numeric) <= 40:
        return []
    table = frame.iloc[:, numeric].head(20_000).corr().abs()
    found: list[str] = []
    for a in range(len(numeric)):
        for b in range(a + 1, len(numeric)):
            if float(table.iat[a, b]) > 0.995:
                found.append(
                    f"{columns[numeric[a]]['name']} and {columns[numeric[b]]['name']} say nearly the same (leakage?)"
                )
    return found[:10]
