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


def test_the_audit_counts_what_is_there(tables: dict[str, Any]) -> None:
    first = run("first", dict(tables), frame="flights")
    assert first["rows"] == 15_354
    assert ["tailnum", 412] in first["gaps"]
    second = run("second", dict(tables), frame="flights", steps__first__score=str(first["score"]))
    said = " ".join(text for text, _ in second["found"])
    assert "2264 of 14942 values are not in planes" in said
    assert "weather: 3 keys" in said
    assert second["score"] < first["score"]


def test_other_data_give_other_findings(tables: dict[str, Any]) -> None:
    clean = tables["flights"].dropna()
    clean = clean[clean["tailnum"].isin(tables["planes"]["tailnum"])].rename(columns={"dep_delay": "late"})
    only = {"trips": clean, "planes": tables["planes"]}
    first = run("first", dict(only), frame="trips")
    assert (first["lost"], first["gaps"], first["score"]) == (0, [], 100)
    second = run("second", dict(only), frame="trips", steps__first__score="100")
    said = " ".join(text for text, _ in second["found"])
    assert "late: " in said
    assert "not in planes" not in said


def test_they_are_package_data() -> None:
    assert (Path(flights.__file__).parent / "playbooks" / "audit.yaml").is_file()
