"""The portal: calls from outside, interrupts, fork, closing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.runtime.portal import SWITCH_INTERVAL_S, Portal, run_blocking


async def _double(value: int) -> int:
    await asyncio.sleep(0)
    return value * 2


def test_run_and_call_return_values_from_the_loops_thread(portal: Portal) -> None:
    async def where() -> str:
        return threading.current_thread().name

    assert portal.run(_double(4)) == 8
    assert portal.call(_double(5)).result(30) == 10
    assert portal.run(where()) == "loomkin-portal"
    assert portal.statistics()["calls"] == 3


def test_run_passes_errors_on_and_tells_the_coroutines_timeout_from_its_own(portal: Portal) -> None:
    async def fails() -> None:
        raise LookupError("nothing there")

    async def own_timeout() -> None:
        raise TimeoutError("the model was silent")

    with pytest.raises(LookupError, match="nothing there"):
        portal.run(fails())
    with pytest.raises(TimeoutError, match="the model was silent"):
        portal.run(own_timeout(), timeout=30)


def test_run_gives_up_after_its_timeout_and_cancels(portal: Portal) -> None:
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError, match="no result within"):
        portal.run(forever(), timeout=0.05)
    assert cancelled.wait(30)


def test_run_on_the_loops_own_thread_is_refused(portal: Portal) -> None:
    async def inner() -> None:
        with pytest.raises(UsageError, match="own thread"):
            portal.run(_double(1))
        with pytest.raises(UsageError, match="itself"):
            portal.close()

    portal.run(inner())


def test_post_reaches_the_loop_and_says_when_there_is_none(portal: Portal) -> None:
    done = threading.Event()
    assert portal.post(done.set)
    assert done.wait(30)
    assert not Portal().post(done.set)


def test_close_cancels_what_runs_and_can_be_repeated() -> None:
    before = sys.getswitchinterval()
    portal = Portal().start()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
    future = portal.call(asyncio.Event().wait())
    portal.close()
    portal.close()
    assert future.cancelled()
    assert not portal.running
    assert sys.getswitchinterval() == pytest.approx(before)
    with pytest.raises(UsageError, match="not running"):
        _ = portal.loop
    with pytest.raises(UsageError, match="does not run"):
        portal.call(_double(1))


def test_a_closed_portal_can_start_again() -> None:
    portal = Portal().start()
    portal.close()
    with portal:
        assert portal.run(_double(2)) == 4


_INTERRUPTED = """
import asyncio, os, signal, sys, time
from loomkin_jupyter.runtime.portal import Portal
async def wait():
    print("waiting", flush=True)
    await asyncio.Event().wait()
with Portal() as portal:
    try:
        portal.run(wait())
    except KeyboardInterrupt:
        print("interrupted", time.time(), flush=True)
"""


def test_keyboard_interrupt_arrives_while_run_waits() -> None:
    process = subprocess.Popen([sys.executable, "-c", _INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "waiting\n"
        sent = time.time()
        process.send_signal(signal.SIGINT)
        word, _, moment = process.stdout.readline().partition(" ")
        assert process.wait(60) == 0
    assert word == "interrupted"
    assert float(moment) - sent < 1.5  # three times the promise: this machine is shared


def _in_child(check: Callable[[], bool]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if check() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_neither_uses_nor_hurts_the_portal(portal: Portal) -> None:
    portal.run(run_blocking(int))

    def refuses() -> bool:
        try:
            portal.call(_double(1))
        except UsageError:
            portal.close()
            return not portal.running and not portal.post(print)
        return False

    assert _in_child(refuses) == 0
    assert portal.run(_double(3)) == 6
    assert portal.run(run_blocking(len, "abc")) == 3
