"""The gateway's process: it goes when its parent is killed, even while somebody else holds its pipe open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

_PARENT = """
import os, subprocess, sys, time
gateway = subprocess.Popen(
    [sys.executable, "-m", "loomkin_jupyter.models.gateway", str(os.getpid())],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
)
# A forked worker of the parent, as multiprocessing makes them: it keeps the pipe open after the parent's death.
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                          pass_fds=(gateway.stdin.fileno(),))
if sys.argv[1] == "ready":
    gateway.stdout.read(4)
print(gateway.pid, worker.pid, flush=True)
time.sleep(600)
"""


def _killed_parent(tmp_path: Path, when: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, when], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        gateway, worker = (psutil.Process(int(pid)) for pid in parent.stdout.readline().split())
        parent.send_signal(signal.SIGKILL)
        parent.wait(60)
        gone, alive = psutil.wait_procs([gateway], timeout=120)
        for process in (*alive, *([worker] if worker.is_running() else [])):
            process.kill()
        assert gone == [gateway]


def test_a_killed_parent_takes_its_gateway_with_it(tmp_path: Path) -> None:
    _killed_parent(tmp_path, "ready")


def test_a_parent_killed_while_the_gateway_starts_takes_it_too(tmp_path: Path) -> None:
    _killed_parent(tmp_path, "starting")


def test_hanging_up_ends_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loomkin_jupyter.models.gateway", str(os.getpid())],
        input=b"", capture_output=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0
