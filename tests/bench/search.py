"""content_search through the tool's own code against ripgrep on the sources of the installed packages."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import sqlalchemy

from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.ports import Caller
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.workspace.build import open_workspace
from loomkin_jupyter.workspace.options import RunOptions
from tests.bench.measure import Row, row
from tests.bench.turn import InstantModel

_RUNS, _PATTERN = 7, r"def _compile\w*"


async def _measure(root: Path, portal: Portal, path: str | None) -> list[float]:
    environment = {**os.environ, "HOME": str(root)}
    if path is not None:
        environment["PATH"] = path
        os.environ["PATH"] = path
    workspace = await open_workspace(root, portal=portal, models=InstantModel(0), environment=environment)
    await (await workspace.ask("begin", RunOptions(model="ollama/bench"))).wait()
    team = next(iter(workspace.teams.values()))
    caller = Caller(team=team.name, agent="lead", role="lead", run="", call="c")
    times = list[float]()
    for number in range(_RUNS):
        call = ToolCall(f"c{number}", "content_search", f'{{"pattern": "{_PATTERN.replace(chr(92), chr(92) * 2)}"}}')
        begun = time.perf_counter()
        result = await team.kit.toolbox.call(team.own_team.tool_context("lead", caller), call)
        times.append((time.perf_counter() - begun) * 1e3)
        assert "_compile" in result.text, result.text
    await workspace.close()
    return times


async def run() -> list[Row]:
    """Measure with ripgrep on the PATH where there is one, and without any."""
    portal, rows, usual = Portal(), list[Row](), os.environ["PATH"]
    portal.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            shutil.copytree(Path(sqlalchemy.__file__).parent, root / "sources", ignore=shutil.ignore_patterns("*.pyc"))
            ripgrep, bare = shutil.which("rg"), list[float]()
            for _ in range(_RUNS if ripgrep else 0):
                begun = time.perf_counter()
                subprocess.run([ripgrep or "", "-n", _PATTERN, str(root)], capture_output=True, check=True)
                bare.append((time.perf_counter() - begun) * 1e3)
            if ripgrep:
                ours = await asyncio.wrap_future(portal.call(_measure(root, portal, None)))
                rows.append(row("content_search with ripgrep", ours, "ms", baseline=bare, target="≤ 1.3 ×"))
            without = os.pathsep.join(p for p in usual.split(os.pathsep) if not (Path(p) / "rg").exists())
            ours = await asyncio.wrap_future(portal.call(_measure(root, portal, without)))
            rows.append(row("content_search without ripgrep", ours, "ms", baseline=bare, target="≤ 3 ×"))
            return rows
    finally:
        os.environ["PATH"] = usual
        portal.close()
