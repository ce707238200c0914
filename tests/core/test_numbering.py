"""Numbers: one counter, ids that sort, copies for what has a number already."""

from __future__ import annotations

import threading

from loomkin_jupyter.core.numbering import Numbering
from loomkin_jupyter.core.signals import LogWritten


def test_a_signal_gets_what_it_lacks_and_keeps_what_it_has() -> None:
    numbering = Numbering(workspace="w", epoch=2)
    signal = numbering.stamp(LogWritten(text="a"))
    assert (signal.seq, signal.epoch, signal.workspace) == (1, 2, "w")
    kept = numbering.stamp(LogWritten(text="b", id="own", time=5.0, workspace="x"))
    assert (kept.seq, kept.id, kept.time, kept.workspace) == (2, "own", 5.0, "x")
    again = numbering.stamp(signal)
    assert (again.seq, signal.seq) == (3, 1)


def test_complete_fills_only_gaps() -> None:
    numbering = Numbering()
    early = numbering.stamp(LogWritten(text="a"))
    numbering.epoch = 4
    assert numbering.complete(early).epoch == 4
    assert early.seq == 1
    assert numbering.complete(LogWritten(text="b")).seq == 2


def test_threads_never_share_a_number() -> None:
    numbering, seen = Numbering(), list[int]()

    def work() -> None:
        seen.extend(numbering.stamp(LogWritten(text="a")).seq for _ in range(2_000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 8_001))
