"""Supervision: restarts within the limit, failure beyond it, stops that end everything, nobody orphaned."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from loomkin_jupyter.runtime.supervisor import Child, Supervisor


class HandClock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


class Log:
    """What the supervisor told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    async def restart(self, name: str, error: BaseException, count: int) -> None:
        self.told.append(("restart", name, str(error), count))

    async def failed(self, name: str, error: BaseException) -> None:
        self.told.append(("failed", name, str(error)))


def _supervisor(log: Log, **options: Any) -> Supervisor:
    return Supervisor("team", on_restart=log.restart, on_failed=log.failed, **options)


async def _wait(child: Child) -> str:
    return await asyncio.wait_for(child.wait(), 30)


async def test_a_child_that_crashes_too_often_fails() -> None:
    log = Log()

    async def bad() -> None:
        raise ValueError("no")

    supervisor = _supervisor(log, clock=HandClock())
    child = supervisor.start("ada", bad)
    assert await _wait(child) == "failed"
    assert log.told == [("restart", "ada", "no", n) for n in (1, 2, 3)] + [("failed", "ada", "no")]
    assert isinstance(child.error, ValueError)
    assert supervisor.statistics() | {"nested": {}} == {
        "children": 0, "started": 1, "restarts": 3, "failed": 1, "unheeded": 0, "nested": {},
    }  # fmt: skip


async def test_crashes_outside_the_window_are_forgotten() -> None:
    log, clock = Log(), HandClock()
    crashes = 0

    async def now_and_then() -> None:
        nonlocal crashes
        crashes += 1
        clock.time += 2.0
        if crashes <= 20:
            raise ValueError("again")

    child = _supervisor(log, clock=clock).start("ada", now_and_then)
    assert await _wait(child) == "ended"
    assert child.restarts == 20


async def test_a_body_that_returns_is_not_run_again() -> None:
    runs: list[int] = []

    async def once() -> None:
        runs.append(1)

    log = Log()
    assert await _wait(_supervisor(log).start("ada", once)) == "ended"
    assert (runs, log.told) == ([1], [])


async def test_a_one_shot_that_crashes_fails_at_once() -> None:
    async def bad() -> None:
        raise ValueError("no")

    log = Log()
    assert await _wait(_supervisor(log).start("fixer", bad, one_shot=True)) == "failed"
    assert log.told == [("failed", "fixer", "no")]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
async def test_no_kind_of_exception_gets_past_the_supervisor(error: BaseException) -> None:
    async def bad() -> None:
        raise error

    log = Log()
    assert await _wait(_supervisor(log, most_restarts=1, clock=HandClock()).start("ada", bad)) == "failed"
    assert [kind for kind, *_ in log.told] == ["restart", "failed"]


async def test_crash_from_outside_restarts_the_child_where_it_waits() -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()

    async def body() -> None:
        begun.put_nowait(1)
        await asyncio.Event().wait()

    log = Log()
    supervisor = _supervisor(log)
    child = supervisor.start("ada", body)
    await begun.get()
    assert supervisor.crash("ada", RuntimeError("stalled"))
    await asyncio.wait_for(begun.get(), 30)
    assert log.told == [("restart", "ada", "stalled", 1)]
    assert not supervisor.crash("nobody", RuntimeError("x"))
    assert await supervisor.stop("ada")
    assert child.state == "stopped"


async def test_who_cannot_tell_of_a_crash_fails() -> None:
    log = Log()

    async def broken(name: str, error: BaseException, count: int) -> None:
        raise OSError("disk")

    async def bad() -> None:
        raise ValueError("no")

    supervisor = Supervisor("team", on_restart=broken, on_failed=log.failed)
    assert await _wait(supervisor.start("ada", bad)) == "failed"
    assert log.told == [("failed", "ada", "disk")]


async def test_a_child_stopped_before_its_first_step_is_gone() -> None:
    supervisor = Supervisor("team")
    child = supervisor.start("ada", asyncio.Event().wait)
    assert await supervisor.stop("ada")
    assert child.state == "stopped"
    assert supervisor.children == {}
    assert await supervisor.stop("ada")


async def test_a_child_that_swallows_a_cancellation_is_asked_again() -> None:
    begun = asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    supervisor = Supervisor("team")
    supervisor.start("ada", stubborn)
    await begun.wait()
    assert await supervisor.stop("ada", grace=0.3)


async def test_a_leaders_end_takes_its_children_along() -> None:
    supervisor = Supervisor("workspace")
    lead = supervisor.start("lead", asyncio.Event().wait)
    nested = supervisor.nest("specialists", under="lead")
    coder = nested.start("coder", asyncio.Event().wait)
    await asyncio.sleep(0)
    assert await supervisor.stop("lead")
    assert (lead.state, coder.state) == ("stopped", "stopped")
    with pytest.raises(ValueError, match="closed"):
        nested.start("late", asyncio.Event().wait)


async def test_close_ends_nested_supervisors_too() -> None:
    supervisor = Supervisor("workspace")
    children = [supervisor.nest(f"team {n}").start("ada", asyncio.Event().wait) for n in range(3)]
    await asyncio.sleep(0)
    assert await supervisor.close()
    assert [child.state for child in children] == ["stopped"] * 3


async def test_a_child_can_close_its_own_supervisor() -> None:
    supervisor = Supervisor("team")
    other = supervisor.start("other", asyncio.Event().wait)

    async def last_word() -> None:
        await supervisor.close()

    child = supervisor.start("lead", last_word)
    await _wait(child)
    assert not other.alive
    assert supervisor.children == {}


async def test_a_name_runs_once() -> None:
    supervisor = Supervisor("team")
    supervisor.start("ada", asyncio.Event().wait)
    with pytest.raises(ValueError, match="already runs a child named ada"):
        supervisor.start("ada", asyncio.Event().wait)
    supervisor.nest("sub")
    with pytest.raises(ValueError, match="named sub"):
        supervisor.nest("sub")
    await supervisor.close()


class SupervisorMachine(RuleBasedStateMachine):
    """Children are crashed, stopped and started in any order; counts and lives must agree with a plain model."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock, self.log = HandClock(), Log()
        self.supervisor = _supervisor(self.log, clock=self.clock, most_restarts=2)
        self.crashes: dict[str, list[float]] = {}
        self.runs: dict[str, int] = {}

    def _do(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 30))

    async def _settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    @rule(name=st.sampled_from("abc"))
    def start(self, name: str) -> None:
        if name in self.crashes:
            return

        async def body() -> None:
            self.runs[name] = self.runs.get(name, 0) + 1
            await asyncio.Event().wait()

        async def start() -> None:
            self.supervisor.start(name, body)
            await self._settle()

        self._do(start())
        self.crashes[name] = []

    @rule(name=st.sampled_from("abc"))
    def crash(self, name: str) -> None:
        runs = self.runs.get(name, 0)

        async def crash() -> bool:
            crashed = self.supervisor.crash(name, RuntimeError("x"))
            await self._settle()
            return crashed

        assert self._do(crash()) is (name in self.crashes)
        if name not in self.crashes:
            return
        times = self.crashes[name] = [t for t in self.crashes[name] if t > self.clock.time - 5.0] + [self.clock.time]
        if len(times) > 2:
            del self.crashes[name]
        assert self.runs.get(name, 0) == runs + (1 if name in self.crashes else 0)

    @rule(name=st.sampled_from("abc"))
    def stop(self, name: str) -> None:
        assert self._do(self.supervisor.stop(name))
        self.crashes.pop(name, None)

    @rule(seconds=st.sampled_from([1.0, 4.0, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.time += seconds

    @invariant()
    def same_children(self) -> None:
        assert set(self.supervisor.children) == set(self.crashes)

    def teardown(self) -> None:
        assert self._do(self.supervisor.close())
        assert not asyncio.all_tasks(self.loop)
        self.loop.close()


TestSupervisorMachine = SupervisorMachine.TestCase
TestSupervisorMachine.settings = settings(deadline=None, max_examples=40)
