# pyright: basic
"""What the first request needs is imported while the kernel rests, never beside a cell; and it costs no more than it may."""

from __future__ import annotations

import importlib.util
import threading
import time
from typing import Any

from loomkin_jupyter.kernel.warming import MODULES, Warming


def _started(warming: Warming) -> threading.Thread:
    thread = threading.Thread(target=warming.run, daemon=True)
    thread.start()
    return thread


def _until(found: Any, within: float = 60.0) -> None:
    until = time.monotonic() + within
    while not found():
        assert time.monotonic() < until
        threading.Event().wait(0.01)


def test_every_module_exists_and_is_imported_in_order() -> None:
    assert all(importlib.util.find_spec(name) for name in MODULES)
    warming = Warming(("json", "no_such_module_at_all", "csv"))
    warming.quiet()
    _started(warming).join(60)
    assert warming.done == ["json", "csv"], "what cannot be imported tells of itself where it is needed"


def test_nothing_is_imported_while_a_cell_runs() -> None:
    warming = Warming(("json", "csv"))
    warming.busy()
    thread = _started(warming)
    thread.join(2.5)
    assert not warming.done, "not even when nobody says for a while that a cell has ended"
    warming.quiet()
    thread.join(60)
    assert warming.done == ["json", "csv"]


def test_it_can_be_stopped() -> None:
    warming = Warming()
    warming.busy()
    thread = _started(warming)
    warming.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert not warming.done


def test_a_kernel_that_rests_is_warm(kernel: Any) -> None:
    code = "import sys; print('loomkin_jupyter.workspace.build' in sys.modules)"
    _until(lambda: kernel.run(code)["text"] == "True\n", 120)
