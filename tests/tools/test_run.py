"""The way of a call: refusals before effects, limits, cancellation, crashes, secrets, long results."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from loomkin_jupyter.core.errors import Interrupt
from loomkin_jupyter.core.messages import ToolCall
from loomkin_jupyter.core.signals import PermissionDecided
from loomkin_jupyter.testing.clock import JumpingClock
from loomkin_jupyter.tools.declare import make_spec

FORBIDDEN = [
    ("concierge", "shell", {"command": "touch x"}),
    ("concierge", "file_write", {"file_path": "x", "content": ""}),
    ("concierge", "kernel_eval", {"code": "1"}),
    ("concierge", "cell_propose", {"action": "insert", "source": "1"}),
    ("researcher", "file_write", {"file_path": "x", "content": ""}),
    ("researcher", "shell", {"command": "touch x"}),
    ("researcher", "kernel_eval", {"code": "1"}),
    ("researcher", "cell_propose", {"action": "insert", "source": "1"}),
    ("researcher", "team_spawn", {"team_name": "t", "purpose": "p", "roles": [{"role": "coder"}]}),
    ("coder", "kernel_eval", {"code": "1"}),
    ("coder", "team_assign", {"title": "t", "description": "d", "agent_name": "bob"}),
    ("reviewer", "file_edit", {"file_path": "x", "old_string": "a", "new_string": "b"}),
    ("reviewer", "shell", {"command": "touch x"}),
    ("reviewer", "python_run", {"code": "1"}),
    ("reviewer", "kernel_eval", {"code": "1"}),
    ("reviewer", "cell_propose", {"action": "insert", "source": "1"}),
    ("reviewer", "team_spawn", {"team_name": "t", "purpose": "p", "roles": ["coder"]}),
    ("tester", "file_write", {"file_path": "x", "content": ""}),
    ("tester", "kernel_eval", {"code": "1"}),
    ("tester", "cell_propose", {"action": "insert", "source": "1"}),
    ("tester", "team_spawn", {"team_name": "t", "purpose": "p", "roles": ["coder"]}),
    ("analyst", "file_write", {"file_path": "x", "content": ""}),
    ("analyst", "shell", {"command": "touch x"}),
    ("analyst", "team_spawn", {"team_name": "t", "purpose": "p", "roles": ["coder"]}),
]


@pytest.mark.parametrize(("role", "name", "arguments"), FORBIDDEN)
async def test_a_role_is_refused_even_when_the_model_names_the_tool(
    bench: Any, role: str, name: str, arguments: Any
) -> None:
    result = await bench.run(name, bench.agent("eve", role), **arguments)
    assert result.status == "refused"
    assert list(bench.root.iterdir()) == [] and not bench.spawning.asked and not bench.plans.tasks


async def test_an_orchestrating_lead_is_refused(bench: Any) -> None:
    ctx = bench.agent("ada", "lead", orchestrating=True)
    for name, arguments in (("shell", {"command": "touch x"}), ("git", {"operation": "commit", "args": ["-m", "x"]})):
        result = await bench.run(name, ctx, **arguments)
        assert result.status == "refused" and "team_assign" in result.text
    assert (await bench.run("directory_list", ctx, path=".")).status == "ok"


async def test_unknown_tools_and_bad_arguments_are_mistakes(bench: Any) -> None:
    assert (await bench.run("file_reed", file_path="x")).mistake
    assert (await bench.raw("file_read", '{"file_path": ')).mistake
    result = await bench.run("file_read", file_path=["x"])
    assert result.mistake and "file_path" in result.text and result.status == "failed"


async def test_permission_is_asked_and_a_no_leaves_nothing(make_bench: Callable[..., Any]) -> None:
    bench = await make_bench(preset="balanced", answer="deny")
    result = await bench.run("file_write", file_path="a.txt", content="x")
    assert result.status == "refused" and not (bench.root / "a.txt").exists()
    assert bench.person.questions and bench.person.questions[0].tool == "file_write"
    (decided,) = bench.signals(PermissionDecided)
    assert not decided.allowed
    assert await bench.intent("call_1") is None
    await bench.ctx.services.store.close()


def slow() -> Any:
    async def wait_long() -> str:
        """Wait."""
        await asyncio.Event().wait()
        return ""

    return make_spec(wait_long, timeout_s=5.0)


@pytest.mark.parametrize(
    ("name", "arguments", "reversible"),
    [("file_write", {"file_path": "a.txt", "content": "a"}, True), ("shell", {"command": "echo a > a.txt"}, False),
     ("python_run", {"code": "print(1)"}, False)],
)  # fmt: skip
async def test_only_what_can_be_undone_says_so(
    make_bench: Callable[..., Any], name: str, arguments: dict[str, Any], reversible: bool
) -> None:
    bench = await make_bench(preset="balanced", answer="deny")
    await bench.run(name, **arguments)
    (question,) = bench.person.questions
    assert question.reversible is reversible
    assert question.effect.splitlines()[0].endswith(".") and question.effect[0].isupper()
    await bench.ctx.services.store.close()


async def test_a_limit_is_measured_by_the_clock(make_bench: Callable[..., Any]) -> None:
    clock = JumpingClock()
    bench = await make_bench(clock=clock)
    bench.toolbox.registry.add(slow())
    running = asyncio.ensure_future(bench.run("wait_long"))
    while not running.done():
        await asyncio.sleep(0)
        clock.jump(1.0)
    result = running.result()
    assert result.status == "failed" and "5 s" in result.text
    assert (await bench.intent("call_1")).status == "failed"
    assert bench.toolbox.statistics()["timeouts"] == 1
    await bench.ctx.services.store.close()


async def test_a_sync_tool_that_hangs_is_abandoned(bench: Any) -> None:
    release = threading.Event()

    def hang() -> str:
        """Hang."""
        release.wait(60)
        return ""

    bench.toolbox.registry.add(make_spec(hang, timeout_s=0.05))
    result = await bench.run("hang")
    release.set()
    assert result.status == "failed" and "0.05 s" in result.text


async def test_cancelling_passes_through_and_closes_the_intent(bench: Any) -> None:
    bench.toolbox.registry.add(slow())
    running = asyncio.ensure_future(bench.toolbox.call(bench.ctx, ToolCall("c1", "wait_long", "")))
    while await bench.intent("c1") is None:  # noqa: ASYNC110 - only the store knows
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await bench.intent("c1")).status == "cancelled"


@pytest.mark.parametrize("error", [ValueError("bad"), KeyError("k"), SystemExit(3), Interrupt("stop")])
@pytest.mark.parametrize("is_async", [True, False])
async def test_a_crash_is_a_result(bench: Any, error: BaseException, is_async: bool) -> None:
    def sync_crash() -> str:
        """Crash."""
        raise error

    async def async_crash() -> str:
        """Crash."""
        raise error

    if is_async and isinstance(error, SystemExit):
        return  # asyncio lets SystemExit of a task end the loop; tools in coroutines must not call exit
    bench.toolbox.registry.add(make_spec(async_crash if is_async else sync_crash))
    result = await bench.run("async_crash" if is_async else "sync_crash")
    assert result.status == "failed" and result.text


async def test_secrets_are_redacted_in_results_and_errors(bench: Any) -> None:
    def leak(fail: bool) -> str:
        """Leak."""
        if fail:
            raise ValueError("canary-secret-value")
        return "it is canary-secret-value"

    bench.toolbox.registry.add(make_spec(leak))
    for fail in (True, False):
        assert "canary" not in (await bench.run("leak", fail=fail)).text


async def test_a_long_result_goes_to_a_keeper(bench: Any) -> None:
    def talk() -> str:
        """Talk."""
        return "\n".join(f"word{n}" for n in range(20_000))

    bench.toolbox.registry.add(make_spec(talk))
    result = await bench.run("talk")
    assert result.keeper.startswith("K") and result.keeper in result.text and len(result.text) < 13_000
    assert "word0" in result.text and "word19999" in result.text and "characters" in result.text
    assert "word10000" in await bench.ctx.services.keepers.load(result.keeper)


async def test_user_tools_returning_frames_stay_within_the_sharing_level(bench: Any) -> None:
    import pandas as pd

    def rows() -> Any:
        """Rows."""
        return pd.DataFrame({"name": [f"canary{n}" for n in range(30)]})

    bench.toolbox.registry.add(make_spec(rows))
    result = await bench.run("rows")
    assert "canary" not in result.text and "30 rows" in result.text


async def test_parallel_says_what_may_run_side_by_side(bench: Any) -> None:
    assert (
        bench.toolbox.parallel("file_read") and not bench.toolbox.parallel("shell") and not bench.toolbox.parallel("x")
    )
