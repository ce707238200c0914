"""The command line's namespace: one thing at a time, code that overruns is stopped, closing ends the thread."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.core.errors import ToolFailed, UsageError
from loomkin_jupyter.workspace.namespace import Namespace, load_data

LONG = 60.0


async def test_reads_and_code_see_the_same_variables():
    space = Namespace({"x": 2})
    assert (await space.evaluate("y = x * 21", agent="lead", limit_s=LONG)).changed == ("y",)
    assert await space.call(lambda names: names["y"], agent="lead") == 42
    assert not space.live
    space.close()


async def test_names_are_told_while_code_runs():
    space, go, began = Namespace({"x": 2, "_own": 1, "os": asyncio}), threading.Event(), threading.Event()

    def hold(names: dict[str, Any]) -> None:
        began.set()
        go.wait(LONG)

    holding = asyncio.ensure_future(space.call(hold, agent="lead"))
    await asyncio.to_thread(began.wait, LONG)
    assert list(space.names()) == ["x"]
    go.set()
    await holding
    space.close()


async def test_code_that_overruns_is_stopped_and_the_next_runs():
    space = Namespace()
    slow = await space.evaluate("while True: pass", agent="lead", limit_s=0.05)
    assert "used up its time" in slow.error
    assert (await space.evaluate("1 + 1", agent="lead", limit_s=LONG)).value == "2"
    space.close()


async def test_waiting_for_its_turn_does_not_count_as_running():
    space, go, began = Namespace(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(names: dict[str, Any]) -> None:
        began.set()
        go.wait(LONG)

    first = asyncio.ensure_future(space.call(hold, agent="lead"))
    await loop.run_in_executor(None, began.wait, LONG)
    second = asyncio.ensure_future(space.evaluate("7", agent="coder", limit_s=0.01))
    for _ in range(50):
        await asyncio.sleep(0)
    assert not second.done()
    go.set()
    await first
    try:
        assert (await second).value == "7"
    except ToolFailed:
        pytest.fail("the wait before it counted as its own time")
    space.close()


async def test_a_cancelled_caller_stops_its_code():
    space = Namespace({"began": threading.Event()})
    running = asyncio.ensure_future(space.evaluate("began.set()\nwhile True: pass", agent="lead", limit_s=LONG))
    assert await asyncio.get_running_loop().run_in_executor(None, space.variables["began"].wait, LONG)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await space.evaluate("3", agent="lead", limit_s=LONG)).value == "3"
    space.close()


async def test_closing_stops_what_runs_does_what_waits_and_takes_nothing_new():
    space = Namespace({"began": threading.Event()})
    running = asyncio.ensure_future(space.evaluate("began.set()\nwhile True: pass", agent="lead", limit_s=LONG))
    assert await asyncio.get_running_loop().run_in_executor(None, space.variables["began"].wait, LONG)
    waiting = asyncio.ensure_future(space.call(lambda names: 1, agent="coder"))
    await asyncio.sleep(0)
    space.close()
    assert "used up its time" in (await running).error
    assert await waiting == 1
    with pytest.raises(ToolFailed, match="closed"):
        await space.call(lambda names: 1, agent="lead")
    space.close()


async def test_an_error_of_a_read_is_the_readers():
    space = Namespace()
    with pytest.raises(KeyError):
        await space.call(lambda names: names["missing"], agent="lead")
    space.close()


def test_data_is_loaded_by_its_ending(tmp_path: Path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.ndjson").write_text('{"x": 1}\n{"x": 2}\n')
    loaded = load_data({"a": str(tmp_path / "a.csv"), "b": str(tmp_path / "b.ndjson")})
    assert (len(loaded["a"]), len(loaded["b"])) == (1, 2)


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", "x"), ("a", "x"), ("a.pkl", "x"), ("a.csv", ""), ("b.json", "{")]
)
def test_data_that_cannot_be_read_names_the_option(tmp_path: Path, name: str, content: str):
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match="--data d=") as failed:
        load_data({"d": str(tmp_path / name)})
    assert failed.value.remedy
