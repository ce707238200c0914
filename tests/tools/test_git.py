"""Real git, judged by operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any


async def test_reading_operations(bench: Any, repository: Path) -> None:
    (repository / "a.py").write_text("x = 2\n")
    (repository / "d.csv").write_text("canary,1\n")
    assert "a.py" in (await bench.run("git", operation="status", args=["--short"])).text
    assert "+x = 2" in (await bench.run("git", bench.agent("rev", "reviewer"), operation="diff")).text
    assert "begin" in (await bench.run("git", operation="log", args="--oneline")).text


async def test_committing_is_for_coders(bench: Any, repository: Path) -> None:
    (repository / "a.py").write_text("x = 2\n")
    for role in ("reviewer", "researcher", "tester", "analyst"):
        refused = await bench.run("git", bench.agent("eve", role), operation="commit", args=["-a", "-m", "x"])
        assert refused.status == "refused", role
    coder = bench.agent("cody", "coder")
    assert (await bench.run("git", coder, operation="add", args=["a.py"])).status == "ok"
    assert (await bench.run("git", coder, operation="commit", args=["-m", "two"])).status == "ok"
    assert "two" in (await bench.run("git", operation="log", args=["--oneline"])).text


async def test_what_is_not_there_is_refused(bench: Any, repository: Path) -> None:
    assert "push" in (await bench.run("git", operation="push")).text
    assert (await bench.run("git", operation="diff", args=["--no-index", "/etc/passwd", "a.py"])).status == "failed"
    failed = await bench.run("git", operation="log", args=["nosuchbranch"])
    assert failed.status == "failed"


async def test_rows_of_data_files_do_not_show_in_diffs_below_full(bench: Any, repository: Path) -> None:
    (repository / "d.csv").write_text("canary,1\n")
    await bench.run("git", operation="add", args=["d.csv"])
    assert "canary" not in (await bench.run("git", operation="diff", args=["--cached"])).text
    assert "canary" in (await bench.run("git", bench.share("full"), operation="diff", args=["--cached"])).text
