"""Ids sort in the order of their making, across threads and forks."""

from __future__ import annotations

import os
import re

import pytest

from loomkin_jupyter.core.ids import new_id


def test_ids_have_a_prefix_sort_and_never_repeat() -> None:
    ids = [new_id("tsk") for _ in range(5_000)]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"tsk_[0-9a-hjkmnp-tv-z]{26}", one) for one in ids)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_does_not_repeat_its_parents_ids() -> None:
    new_id("a")
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, new_id("a").encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() != new_id("a")
