"""From a row to a record of core or of a repository: rows never leave the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_record(row: Mapping[Any, Any], kind: type[T]) -> T:
    """Return the row as a ``kind``; columns that it has no field for are left out."""
    # SQLAlchemy's keys may be of a subclass of str, which msgspec does not take for field names.
    return msgspec.convert({str(key): value for key, value in row.items()}, kind)
