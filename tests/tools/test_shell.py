"""Real bash: exit codes, state that persists, groups that die."""

from __future__ import annotations

import asyncio
from typing import Any

import psutil

from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.signals import ToolOutput


async def test_true_exit_code_and_output(bench: Any) -> None:
    result = await bench.run("shell", command="echo out; echo err >&2; exit 3")
    assert result.data["exit_code"] == 3 and "Exit code 3." in result.text
    assert "out" in result.text and "err" in result.text and "(unsandboxed)" in result.text
    assert any("out" in s.text for s in bench.signals(ToolOutput))


async def test_directory_and_exported_variables_persist_per_agent(bench: Any) -> None:
    (bench.root / "sub").mkdir()
    assert "directory is now sub" in (await bench.run("shell", command="cd sub; export A='x y'; B=no")).text
    result = await bench.run("shell", command='pwd; echo "A=$A B=$B"')
    assert str(bench.root / "sub") in result.text and "A=x y B=\n" in result.text + "\n"
    other = await bench.run("shell", bench.agent("bob"), command='pwd; echo "A=$A."')
    assert "A=." in other.text and "sub" not in other.text


async def test_a_directory_outside_is_not_kept(bench: Any) -> None:
    assert "outside the project" in (await bench.run("shell", command="cd /")).text
    assert str(bench.root) in (await bench.run("shell", command="pwd")).text


async def test_syntax_errors_and_empty_commands(bench: Any) -> None:
    assert (await bench.run("shell", command="if then")).data["exit_code"] != 0
    assert (await bench.run("shell", command="  ")).status == "failed"


async def test_the_environment_holds_no_secrets(bench: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("MY_API_KEY", "canary-in-the-environment")
    assert "canary" not in (await bench.run("shell", command="env")).text


async def test_a_timeout_kills_the_whole_group(bench: Any) -> None:
    result = await bench.run("shell", command="sleep 300 & echo child=$!; sleep 300", timeout=1.0)
    child = int(result.text.split("child=")[1].split()[0])
    assert "time limit" in result.text and result.data["exit_code"] is None
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


async def test_children_in_the_background_do_not_outlive_the_command(bench: Any) -> None:
    result = await bench.run("shell", command="sleep 300 & echo child=$!")
    child = int(result.text.split("child=")[1].split()[0])
    assert result.data["exit_code"] == 0
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


async def test_stopping_kills_the_group_and_the_intent_tells_its_process(bench: Any) -> None:
    running = asyncio.ensure_future(bench.toolbox.call(bench.ctx, ToolCall("c1", "shell", '{"command": "sleep 300"}')))
    while True:
        intent = await bench.intent("c1")
        if intent is not None and intent.pgid is not None:
            break
        await asyncio.sleep(0.01)
    process = psutil.Process(intent.pgid)
    assert intent.start_time == process.create_time()
    running.cancel()
    await asyncio.wait({running}, timeout=60)
    assert running.cancelled()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert (await bench.intent("c1")).status == "cancelled"
