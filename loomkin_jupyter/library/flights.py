"""The bundled flights of 2013: gives paths and data frames, exactly as they stand in the files. Never repairs a value.

pandas is imported on the first call, so that importing this module costs nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from loomkin_jupyter.core.errors import UsageError, nearest

if TYPE_CHECKING:
    import pandas as pd

NAMES: tuple[str, ...] = ("flights", "planes", "weather")
FOLDER = Path(__file__).parent / "data"
DEMO_REQUEST = (
    "Audit the data frame flights. Can it be trusted for a model of delays, and for a join with planes and weather? "
    "Report what is wrong with it and how sure you are."
)


def path(name: str) -> Path:
    """Return the gzipped CSV file of ``name``: flights, planes or weather."""
    if name not in NAMES:
        raise UsageError(
            f"There is no bundled table {name!r}; there are {', '.join(NAMES)}.", nearest(name, NAMES).strip()
        )
    return FOLDER / f"{name}.csv.gz"


def frame(name: str) -> pd.DataFrame:
    """Return one table as pandas reads it, with missing values where the file has none."""
    import pandas as pd

    return pd.read_csv(path(name))


def load() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the three tables: flights, planes, weather."""
    return frame("flights"), frame("planes"), frame("weather")


def copy_data(folder: Path) -> dict[str, Path]:
    """Copy the files and their README into ``folder`` and return each table's file by name."""
    target = folder / "data"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "README.md", target / "README.md")
    return {name: Path(shutil.copy(path(name), target)) for name in NAMES}
