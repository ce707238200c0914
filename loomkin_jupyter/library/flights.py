"""The bundled flights of 2013: gives paths and data frames, exactly as they stand in the files. Never repairs a value.

pandas is imported on the first call, so that importing this module costs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loomkin_jupyter.core.errors import UsageError, nearest

if TYPE_CHECKING:
    import pandas as pd

NAMES: tuple[str, ...] = ("flights", "planes", "weather")
FOLDER = Path(__file__).parent / "data"


def path(name: str) -> Path:
    """Return the gzipped CSV file of ``name``: flights, planes or weather."""
    if name not in NAMES:
        raise UsageError(f"There is no bundled table {name!r}; there are {', '.join(NAMES)}.", nearest(name, NAMES).strip())
    return FOLDER / f"{name}.csv.gz"


def load(name: str = "flights") -> pd.DataFrame:
    """Return one table as pandas reads it, with missing values where the file has none."""
    import pandas as pd

    return pd.read_csv(path(name))


def frames() -> dict[str, pd.DataFrame]:
    """Return all three tables by name."""
    return {name: load(name) for name in NAMES}
