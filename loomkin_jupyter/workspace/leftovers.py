"""What a killed process left running: the process groups of its open tool calls. Killed before anything goes on.

A pid alone proves nothing, so the start time kept with the intent must match too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import psutil

from loomkin_jupyter.store.intents import Intent

_SAME_START_S = 1.5
_GRACE_S = 1.0


def kill_leftovers(intents: Iterable[Intent]) -> list[str]:
    """Kill the process groups of ``intents`` that still live; return a sentence for each. Blocks up to a second.

    Members that a group's dead leader left behind are found by their group id among processes that began after it.
    """
    told: list[str] = []
    killed: list[psutil.Process] = []
    for intent in intents:
        if intent.pgid is None or intent.start_time is None:
            continue
        members = _members(intent.pgid, intent.start_time)
        if not members:
            continue
        for member in members:
            with contextlib.suppress(psutil.Error):
                member.kill()
        killed += members
        told.append(f"{intent.tool} of {intent.agent} was still running (process group {intent.pgid}) and was killed.")
    psutil.wait_procs(killed, timeout=_GRACE_S)
    return told


def _members(pgid: int, start: float) -> list[psutil.Process]:
    """Return the live processes of a group, if it is the one that began at ``start``; never our own group."""
    if pgid == os.getpgrp():
        return []
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) != pgid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            began = process.create_time()
            is_leader = process.pid == pgid
            if (is_leader and abs(began - start) > _SAME_START_S) or began < start - _SAME_START_S:
                return []  # the number was given to somebody else's group
            found.append(process)
    return found
