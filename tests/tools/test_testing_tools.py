"""Running a project's own tests."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.tools.testing_tools import counts


async def test_a_reviewer_runs_tests_and_gets_counts(bench: Any) -> None:
    (bench.root / "test_a.py").write_text(
        "def test_one():\n    assert 1 == 1\n\n\ndef test_two():\n    assert 1 == 2\n"
    )
    result = await bench.run("run_tests", bench.agent("rev", "reviewer"), path="test_a.py")
    assert result.data["exit_code"] == 1 and result.data["passed"] == 1 and result.data["failed"] == 1
    one = await bench.run("run_tests", path="test_a.py::test_one", args=["-v"])
    assert one.data["exit_code"] == 0


@pytest.mark.parametrize("word", ["-p", "-pevil", "--rootdir=/", "-c", "../x", "--override-ini=a=b"])
async def test_options_that_load_code_or_leave_the_project_are_refused(bench: Any, word: str) -> None:
    result = await bench.run("run_tests", args=[word])
    assert result.status == "failed" and "args" in result.text


async def test_paths_are_confined(bench: Any) -> None:
    assert (await bench.run("run_tests", path="../x")).status in ("refused", "failed")
    assert (await bench.run("run_tests", path="missing")).status == "failed"


def test_counts_of_the_last_line() -> None:
    assert counts("a\n2 failed, 3 passed, 1 error in 0.1s\n") == {"failed": 2, "passed": 3, "errors": 1}
    assert counts("") == {}
