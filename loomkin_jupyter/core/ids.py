"""Ids: a prefix and 128 time-sortable bits (48 of milliseconds, 80 of a random number that counts up within one).

Ids made by one process sort in the order in which they were made. Thread-safe.
"""

from __future__ import annotations

import os
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_RANDOM_BITS = 80
_lock = threading.Lock()
_last_ms = 0
_last_random = 0


def new_id(prefix: str) -> str:
    """Return ``prefix_`` and 26 characters of Crockford base 32; later ids sort after earlier ones."""
    global _last_ms, _last_random
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            # The top bit stays free, so that counting up within a millisecond cannot overflow.
            _last_ms, _last_random = now_ms, int.from_bytes(os.urandom(10), "big") >> 1
        else:
            _last_random += 1
        ms, low = _last_ms, _last_random
    # Ten characters of time and sixteen of the number, two at a time: ids are made for every signal.
    pairs = _PAIRS
    high, middle, low = ms, low >> 40, low & 0xFFFFFFFFFF
    return (
        f"{prefix}_{pairs[high >> 40]}{pairs[high >> 30 & 1023]}{pairs[high >> 20 & 1023]}{pairs[high >> 10 & 1023]}"
        f"{pairs[high & 1023]}{pairs[middle >> 30]}{pairs[middle >> 20 & 1023]}{pairs[middle >> 10 & 1023]}"
        f"{pairs[middle & 1023]}{pairs[low >> 30]}{pairs[low >> 20 & 1023]}{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )


def _after_fork() -> None:
    """A forked child draws new random bits and an unlocked lock: it must not repeat its parent's ids."""
    global _lock, _last_ms, _last_random
    _lock = threading.Lock()
    _last_ms, _last_random = 0, 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
