# pyright: basic
"""Agents' reads and code on the kernel's main thread, at quiet points only."""

from __future__ import annotations

from typing import Any

_SETUP = """
import asyncio, threading
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.kernel.mainthread import MainThread
portal = Portal(); portal.start()
main = MainThread(get_ipython())
"""


def test_code_runs_between_cells_and_leaves_the_shell_alone(kernel: Any) -> None:
    assert not kernel.run(_SETUP)["error"]
    kernel.run("x = 20; 5")
    kernel.run("job = portal.call(main.evaluate('print(7)\\ny = x + 1\\ny', agent='a')); early = job.done()")
    out = kernel.run("e = job.result(30); print(early, e.ok, e.value, e.stdout.strip(), e.changed, y, _)")
    assert out["text"] == "False True 21 7 ('y',) 21 5\n", out


def test_code_that_takes_too_long_is_stopped(kernel: Any) -> None:
    assert not kernel.run(_SETUP)["error"]
    kernel.run("import time; job = portal.call(main.evaluate('import time; time.sleep(100)', agent='a', limit_s=0.5))")
    out = kernel.run("e = job.result(30); print(e.ok, e.error)")
    assert out["text"] == "False The code used up its time and was stopped.\n", out


def test_reads_are_served_while_our_own_wait_holds_the_main_thread(kernel: Any) -> None:
    assert not kernel.run(_SETUP)["error"]
    out = kernel.run(
        "from loomkin_jupyter.kernel.waiting import wait_for\n"
        "z = 3\nprint(wait_for(portal.call(main.call(lambda ns: ns['z'] * 2, agent='a')), main.serve))"
    )
    assert out["text"] == "6\n", out


def test_the_names_of_variables_are_there_while_a_cell_runs(kernel: Any) -> None:
    assert not kernel.run(_SETUP)["error"]
    kernel.run("flights = 1; _hidden = 2; import math")
    out = kernel.run(
        "later = 3\nfound = []\nt = threading.Thread(target=lambda: found.extend(main.names())); t.start(); t.join()\n"
        "print('flights' in found, {'_hidden', 'math', 'later', 'In'} & set(found))"
    )
    assert out["text"] == "True set()\n", out
    kernel.run("del flights; job = portal.call(main.evaluate('made = 1', agent='a'))")
    out = kernel.run("job.result(30); print([n for n in ('flights', 'later', 'made') if n in main.names()])")
    assert out["text"] == "['later', 'made']\n", out
