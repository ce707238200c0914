"""Files that hold data: below ``full`` a model reads their description, not their rows. Blocking; for worker threads."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any, cast

from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.tools.describe import describe

_TABLES: dict[str, tuple[str, dict[str, Any]]] = {
    ".csv": ("read_csv", {"nrows": 200_000}),
    ".tsv": ("read_table", {"nrows": 200_000}),
    ".tab": ("read_table", {"nrows": 200_000}),
    ".jsonl": ("read_json", {"lines": True, "nrows": 200_000}),
    ".ndjson": ("read_json", {"lines": True, "nrows": 200_000}),
    ".parquet": ("read_parquet", {}),
    ".feather": ("read_feather", {}),
    ".xlsx": ("read_excel", {}),
    ".xls": ("read_excel", {}),
    ".dta": ("read_stata", {}),
}
_CLOSED = frozenset({".pkl", ".pickle", ".npy", ".npz", ".h5", ".hdf5", ".sqlite", ".sqlite3", ".db", ".sav", ".sas7bdat", ".orc",
                     ".avro", ".arrow", ".rds", ".mat", ".joblib"})  # fmt: skip
PACKED_ENDINGS: tuple[str, ...] = (".gz", ".bz2", ".xz", ".zst", ".zip")
_PACKED = frozenset(PACKED_ENDINGS)
DATA_ENDINGS: tuple[str, ...] = (*_TABLES, *sorted(_CLOSED), ".ipynb")
_JSON_LOOKED_AT = 5_000_000
_JSON_REMEMBERED = 10_000
_NAMES = re.compile(
    r"[^/]\.(?:" + "|".join(ending[1:] for ending in (*_TABLES, *_CLOSED)) + r")(?:\.(?:gz|bz2|xz|zst|zip))*\Z",
    re.IGNORECASE,
)
_seen_json: dict[tuple[str, int, int], bool] = {}


def ending(path: Path) -> str:
    """Return the ending that says what a file holds, that of the content when it is compressed."""
    suffixes = [s.lower() for s in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def is_data(path: Path) -> bool:
    """Return whether a file holds records: by its ending; a ``.json`` when it is a list of objects."""
    kind = ending(path)
    if kind in _TABLES or kind in _CLOSED:
        return True
    return kind == ".json" and bool(_records(path))


def holds_data(root: Path, name: str) -> bool:
    """Return what ``is_data`` does, for searches that ask of every file: a ``.json`` is read once as long as it stays."""
    if _NAMES.search(name):
        return True
    if ".json" not in name.lower():
        return False
    path = root / name
    try:
        info = path.stat()
    except OSError:
        return False
    key = (str(path), info.st_mtime_ns, info.st_size)
    if key not in _seen_json:
        if len(_seen_json) >= _JSON_REMEMBERED:
            _seen_json.clear()
        _seen_json[key] = is_data(path)
    return _seen_json[key]


def withheld(path: Path, share: Sharing) -> bool:
    """Return whether a model must not read this file's content as it is."""
    return share != "full" and is_data(path)


def describe_file(path: Path, name: str, share: Sharing) -> str:
    """Return what may be said of a data file."""
    kind = ending(path)
    size = path.stat().st_size
    head = f"{name} is a data file ({size} bytes). At sharing level {share} you see its description:"
    if kind in _CLOSED:
        return f"{head}\na file of kind {kind}; load it with kernel_eval or python_run to work on it."
    try:
        pd: Any = importlib.import_module("pandas")
        if kind == ".json":
            frame: Any = pd.DataFrame(_records(path))
        else:
            reader, options = _TABLES[kind]
            frame = getattr(pd, reader)(path, **options)
    except (ImportError, ValueError, OSError, KeyError, TypeError) as failed:
        # The parser's message may quote the data: only its kind is told.
        return f"{head}\nit could not be read as {kind} ({type(failed).__name__})."
    cut = " (first 200000 rows)" if len(frame) == 200_000 else ""
    return f"{head}\n{describe(path.name, frame, share)}{cut}"


def _records(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > _JSON_LOOKED_AT:
            return [{}]  # too large to look at: counted as data
        value: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(value, list):
        return []
    items = cast("list[Any]", value)
    return items if items and all(isinstance(item, dict) for item in items[:20]) else []
