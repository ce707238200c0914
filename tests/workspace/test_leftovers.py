"""What a killed process left running: real processes, killed by group, strangers left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from loomkin_jupyter.store.intents import Intent
from loomkin_jupyter.workspace.leftovers import kill_leftovers

LONG = 60
CHILD = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print('up', flush=True); time.sleep(600)"


@pytest.fixture
def group() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child, in a group of its own."""
    process = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    members = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
    yield process
    for member in members:
        if member.is_running() and member.status() != psutil.STATUS_ZOMBIE:
            member.kill()
    process.wait(LONG)
    process.stdout.close()


def intent(pgid: int | None, start: float | None) -> Intent:
    return Intent(call="call_1", agent="coder", team="main", tool="shell", pgid=pgid, start_time=start)


def test_the_whole_group_is_killed_and_told(group: subprocess.Popen[bytes]):
    leader = psutil.Process(group.pid)
    members = [leader, *leader.children()]
    told = kill_leftovers([intent(group.pid, leader.create_time())])
    assert len(members) == 2
    assert told == [f"shell of coder was still running (process group {group.pid}) and was killed."]
    _, alive = psutil.wait_procs(members, timeout=LONG)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []


def test_a_dead_leaders_child_is_found(group: subprocess.Popen[bytes]):
    leader = psutil.Process(group.pid)
    start, (child,) = leader.create_time(), leader.children()
    leader.kill()
    group.wait(LONG)
    assert len(kill_leftovers([intent(group.pid, start)])) == 1
    psutil.wait_procs([child], timeout=LONG)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_number_that_belongs_to_somebody_else_now_is_left_alone(group: subprocess.Popen[bytes]):
    started = psutil.Process(group.pid).create_time()
    assert kill_leftovers([intent(group.pid, started - 1000), intent(group.pid, started + 1000)]) == []
    assert group.poll() is None


def test_calls_without_a_process_and_our_own_group_are_left_alone():
    own = os.getpgrp()
    mine = psutil.Process().create_time()
    assert kill_leftovers([intent(None, None), intent(own, mine), intent(999_999_99, 0.0)]) == []
