"""The demo as a user has it: the command, its record, the honesty of its report, other data, a kill in the middle (L6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.messages import ToolEntry
from loomkin_jupyter.library import flights
from loomkin_jupyter.store import histories
from tests.scenarios.conftest import CommandLine, Process, in_store

AUDIT = ("run", "--model", "loomkin/playbook", "--trust", "autonomous", "Audit the data frame flights")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
COMPUTING = ("kernel_eval", "dataframe_profile", "python_run", "kernel_variables", "decision_revise")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    """The command on an empty project."""
    root = tmp_path / "project"
    root.mkdir()
    opened = CommandLine(root)
    yield opened
    opened.close()


def results_of(root: Path) -> str:
    """Return what the computing tools said in the project, as one text."""

    def read(conn: sa.Connection) -> list[str]:
        return [
            entry.text
            for agent in ("lead", "analyst", "tester", "reviewer")
            for entry in histories.load_all(conn, "main", agent)
            if isinstance(entry, ToolEntry) and entry.name in COMPUTING
        ]

    return "\n".join(in_store(root, read))


def of_type(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [record for record in lines if record["type"] == name]


def audited(line: CommandLine, **tables: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Audit these tables; return run.finished and all records."""
    pairs: list[str] = []
    for name, table in tables.items():
        file = line.root / f"{name}.csv"
        table.to_csv(file, index=False)
        pairs += ["--data", f"{name}={file}"]
    done = line.run(*AUDIT, *pairs, "--json")
    records = [json.loads(text) for text in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr[-2000:] + str(records[-1])
    return records[-1], records


def sure_of(answer: str) -> tuple[int, int]:
    """Return the confidence in the verdict, and that the frame can be used as it is."""
    first, second = re.search(r"Confidence (\d+) %", answer), re.search(r"just as it is: (\d+) %", answer)
    assert first is not None and second is not None
    return int(first[1]), int(second[1])


def test_L6_the_demo_runs_whole_without_a_model_and_accounts_for_itself(line: CommandLine, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = line.demo("--json", "--keep", str(kept))
    assert done.returncode == 0, done.stderr
    records = [json.loads(text) for text in done.stdout.splitlines()]
    last = records[-1]
    assert last["type"] == "run.finished"
    assert {"status", "answer", "cost_usd", "tokens", "agents", "tasks", "decisions", "duration_s"} <= last.keys()
    assert (last["status"], last["cost_usd"], last["agents"]) == ("done", 0, 4)
    assert last["tokens"] == {"input": 0, "output": 0, "cached": 0, "reasoning": 0}
    assert last["tasks"] == len(of_type(records, "task.created"))
    assert last["decisions"] == sum(not r.get("auto") for r in of_type(records, "decision.logged"))
    assert last["duration_s"] > 0
    started = of_type(records, "run.started")[0]
    assert {"no language model: loomkin/playbook", "temporary copy, trust autonomous"} <= set(started["labels"])
    for handle in re.findall(r"\bD\d+\b", last["answer"]):
        assert handle in {r["handle"] for r in of_type(records, "decision.logged")}
    known = set(_NUMBER.findall(results_of(kept)))
    said = re.sub(r"^\d+\. ", "", last["answer"], flags=re.MULTILINE)
    assert set(_NUMBER.findall(said)) <= known
    assert "sent the first pass back" in last["answer"]
    judged = " ".join(str(r) for r in of_type(records, "task.completed"))
    counted = "I count 6051 missing values, 1925 far values and 0 repeats"
    assert f"REJECTED: {counted};" in judged and f"APPROVED: {counted}, as you do." in judged
    assert "the same as the analyst's" in last["answer"]


def test_L6_the_demo_keeps_nothing_and_why_finds_its_decisions_where_it_is_kept(
    line: CommandLine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    assert "can be used after repairs" in line.demo("--keep", str(kept)).stdout
    why = CommandLine(kept).run("why", "flights")
    assert "outcome: Audit: flights can be used after repairs" in why.stdout
    assert "Use flights as it is" in why.stdout
    again = line.demo("--keep", str(kept))
    assert again.returncode == 2
    assert "not empty" in again.stderr


def test_J4_flawless_data_are_approved_at_once(line: CommandLine) -> None:
    import pandas as pd

    clean = pd.DataFrame({"when": [f"2013-02-{d:02}" for d in range(1, 21)], "delay": [1, 2] * 10})
    last, records = audited(line, flights=clean)
    assert "can be used as it is" in last["answer"]
    assert "approved the first pass" in last["answer"]
    assert sure_of(last["answer"])[1] == 100
    assert not of_type(records, "decision.pivoted")


def test_J4_more_flaws_and_other_names_change_findings_and_confidence(line: CommandLine, tmp_path: Path) -> None:
    every: Any = flights.frame("flights")
    table = every[["carrier", "dep_delay", "tailnum", "distance"]].rename(columns={"dep_delay": "late"})
    register: Any = flights.frame("planes")
    planes = register[["tailnum", "seats"]]
    before = audited(line, flights=table, planes=planes)[0]["answer"]
    worse = table.copy()
    worse.loc[worse.index[:9000], "distance"] = None
    other = tmp_path / "other"
    other.mkdir()
    second = CommandLine(other)
    after = audited(second, flights=worse, planes=planes)[0]["answer"]
    second.close()
    assert "late lacks 1103 of 15354" in before
    assert "distance lacks" not in before
    assert "distance lacks 9000 of 15354" in after
    assert "tailnum: 2264 of 14942" in before and "tailnum: 2264 of 14942" in after
    assert sure_of(after)[1] < sure_of(before)[1]


def test_L6_with_nobody_there_a_careful_run_ends_with_the_remedy(line: CommandLine) -> None:
    file = flights.path("flights")
    careful = [word if word != "autonomous" else "balanced" for word in AUDIT]
    done = line.run(*careful, "--data", f"flights={file}", "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["type"] == "run.finished"
    assert last["status"] in ("refused", "done")
    assert "--trust autonomous" in last["answer"] + last["reason"]


def test_L6_what_no_playbook_can_do_is_refused_with_what_can_be_done(line: CommandLine) -> None:
    done = line.run("run", "--model", "loomkin/playbook", "write me a poem", "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["status"]) == (4, "refused")
    assert "Audit a data frame" in last["answer"] + last["reason"]
    assert "ANTHROPIC_API_KEY" in last["answer"] + last["reason"]


def test_J4_two_frames_are_compared_without_asking_anybody(line: CommandLine) -> None:
    pairs = [part for name in ("flights", "weather") for part in ("--data", f"{name}={flights.path(name)}")]
    done = line.run("run", "--model", "loomkin/playbook", "Compare flights with weather", *pairs, "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["status"] == "done"
    assert "| rows | 15354 | 1205 |" in last["answer"]
    assert set(_NUMBER.findall(last["answer"])) <= set(_NUMBER.findall(results_of(line.root)))
    asked = line.run("run", "--model", "loomkin/playbook", "Compare flights with nothing", *pairs, "--json")
    assert json.loads(asked.stdout.splitlines()[-1])["status"] == "refused"


def test_L6_a_run_that_is_killed_in_the_middle_goes_on(line: CommandLine) -> None:
    pairs = [part for name in flights.NAMES for part in ("--data", f"{name}={flights.path(name)}")]
    file = line.root / "flights.csv.gz"
    file.write_bytes(flights.path("flights").read_bytes())

    def at_the_review(process: Process, signal: s.Signal) -> None:
        if isinstance(signal, s.TaskCompleted) and signal.agent == "reviewer":
            process.shoot()

    process = line.start(*AUDIT, *pairs, watch=at_the_review)
    assert process.wait() != 0
    done = line.run("resume", "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["status"] == "done", done.stderr[-2000:] + str(last)
    assert "can be used after repairs" in last["answer"]
    known = set(_NUMBER.findall(results_of(line.root)))
    assert set(_NUMBER.findall(re.sub(r"^\d+\. ", "", last["answer"], flags=re.MULTILINE))) <= known
