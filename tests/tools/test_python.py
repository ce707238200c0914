"""A clean interpreter."""

from __future__ import annotations

import sys
from typing import Any


async def test_it_is_this_python_without_the_notebooks_variables(bench: Any) -> None:
    bench.namespace.variables["secret_frame"] = 1
    result = await bench.run("python_run", code="import sys\nprint(sys.executable, 'secret_frame' in globals())")
    assert f"{sys.executable} False" in result.text and result.data["exit_code"] == 0


async def test_tracebacks_exit_codes_and_limits(bench: Any) -> None:
    failed = await bench.run("python_run", code="x = 1\nraise ValueError('no')")
    assert failed.data["exit_code"] == 1 and "line 2" in failed.text and "ValueError: no" in failed.text
    assert (await bench.run("python_run", code="import sys; sys.exit(7)")).data["exit_code"] == 7
    stopped = await bench.run("python_run", code="while True: pass", timeout=1.0)
    assert "time limit" in stopped.text
    assert (await bench.run("python_run", code=" ")).status == "failed"


async def test_the_projects_modules_can_be_imported(bench: Any) -> None:
    (bench.root / "mine.py").write_text("answer = 42\n")
    assert "42" in (await bench.run("python_run", code="import mine; print(mine.answer)")).text
