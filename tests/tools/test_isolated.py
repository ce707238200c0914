"""Tools in a child process: values come back, crashes stay there, limits are said."""

from __future__ import annotations

import ctypes
import os
from typing import Any

import pytest

from loomkin_jupyter.tools.declare import make_spec


def add_up(x: int, y: int) -> int:
    """Add."""
    return x + y


def die() -> str:
    """Die of a segfault."""
    return str(ctypes.string_at(0))


def fail() -> str:
    """Fail."""
    raise ValueError(f"not here {os.sep}")


async def later(x: int) -> dict[str, int]:
    """Wait."""
    return {"x": x}


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under importlib mode this module has no name that a child could import: it goes by its source, as a cell's does."""
    for function in (add_up, die, fail, later):
        monkeypatch.setattr(function, "__module__", "__main__")


async def run(bench: Any, function: Any, **arguments: Any) -> Any:
    bench.toolbox.registry.add(make_spec(function, isolated=True, timeout_s=60.0))
    return await bench.run(function.__name__, **arguments)


async def test_values_come_back(bench: Any) -> None:
    assert (await run(bench, add_up, x=1, y=2)).text == "3"
    assert (await run(bench, later, x=1)).data == {"x": 1}


async def test_a_segfault_kills_only_the_child(bench: Any) -> None:
    result = await run(bench, die)
    assert result.status == "failed" and "SIGSEGV" in result.text


async def test_errors_are_told(bench: Any) -> None:
    result = await run(bench, fail)
    assert result.status == "failed" and "ValueError: not here /" in result.text


async def test_closures_and_contexts_are_said_to_be_impossible(bench: Any) -> None:
    kept = 3

    def closed() -> int:
        """Close."""
        return kept

    def contextual(ctx: Any) -> int:
        """Context."""
        return 1

    assert "kept" in (await run(bench, closed)).text
    assert "ctx" in (await run(bench, contextual)).text
