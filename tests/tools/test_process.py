"""Programs: empty input, missing ones, floods of output, signals."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.tools.process import run_program

ENV = {"PATH": "/usr/bin:/bin"}


async def run(bench: Any, *argv: str) -> Any:
    return await run_program(bench.ctx, argv, cwd=str(bench.root), environment=ENV, limit_s=60.0)


async def test_standard_input_is_empty(bench: Any) -> None:
    assert (await run(bench, "/bin/cat")).text == ""


async def test_a_missing_program_says_so(bench: Any) -> None:
    done = await run(bench, "/no/such/program")
    assert done.code in (126, 127) and "program" in done.text
    with pytest.raises(ToolFailed):
        await run_program(bench.ctx, ["x"], cwd="/no/such/folder", environment=ENV, limit_s=5.0)


async def test_signals_are_negative_codes(bench: Any) -> None:
    assert (await run(bench, "/bin/sh", "-c", "kill -9 $$")).code == -9


async def test_a_flood_is_bounded_and_counted(bench: Any) -> None:
    done = await run(bench, sys.executable, "-c", "print('x' * 9_000_000)")
    assert done.dropped > 4_000_000 and len(done.text) < 4_200_000 and "were not kept" in done.text


async def test_characters_split_between_reads_are_whole(bench: Any) -> None:
    done = await run(bench, sys.executable, "-c", "import sys; sys.stdout.buffer.write('ä'.encode() * 200_001)")
    assert done.text == "ä" * 200_001
