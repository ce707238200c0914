"""Every bundled playbook can be read, and the code in it finds what is in the data, whatever the data are."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.library import flights
from loomkin_jupyter.models.playbook import load_folder

FOLDER = flights.FOLDER.parent / "playbooks"


def test_all_are_valid() -> None:
    assert [playbook.name for playbook in load_folder(FOLDER)] == sorted(path.stem for path in FOLDER.glob("*.yaml"))


def run(step: str, namespace: dict[str, Any], **values: str) -> dict[str, Any]:
    audit = next(playbook for playbook in load_folder(FOLDER) if playbook.name == "audit")
    code = next(str(s.arguments["code"]) for s in audit.agents["analyst"] if s.id == step)
    for name, value in values.items():
        code = code.replace(f"{{{{ {name.replace('__', '.')} }}}}", value)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, namespace)
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return dict(zip(flights.NAMES, flights.load(), strict=True))


def said(found: dict[str, Any]) -> str:
    return " ".join(flaw["what"] for flaw in found["found"])


def test_the_audit_counts_what_is_there(tables: dict[str, Any]) -> None:
    first = run("first", dict(tables), frame="flights")
    assert (first["rows"], first["lost"]) == (15_354, 6_051)
    assert "tailnum lacks 412 of 15354 values" in said(first)
    assert "dep_time and dep_delay lack the same 1103" in said(first)
    second = run("second", dict(tables), frame="flights", steps__first__fit=str(first["fit"]))
    assert "2264 of 14942 values (15.2 %) are not in planes, 2184 of them where carrier is MQ or AA" in said(second)
    assert "weather: 3 keys" in said(second)
    assert "1048.36" in said(second)
    assert second["fit"] < first["fit"]
    # What the review is told, to be held against its own profile (tools/describe/profile.py counts by the same rule).
    assert (second["far"], second["repeats"], second["frames"]) == (1_925, 0, ["planes", "weather"])


def test_other_data_give_other_findings(tables: dict[str, Any]) -> None:
    clean = tables["flights"].dropna()
    clean = clean[clean["tailnum"].isin(tables["planes"]["tailnum"])].rename(columns={"dep_delay": "late"})
    only = {"trips": clean, "planes": tables["planes"].drop(columns="speed")}
    first = run("first", dict(only), frame="trips")
    assert (first["lost"], first["found"], first["fit"]) == (0, [], 100)
    second = run("second", dict(only), frame="trips", steps__first__fit="100")
    assert "late: " in said(second)
    assert "not in planes" not in said(second)
    assert second["fit"] >= 80


def test_they_are_package_data() -> None:
    assert (Path(flights.__file__).parent / "playbooks" / "audit.yaml").is_file()
