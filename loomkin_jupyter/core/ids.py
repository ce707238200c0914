"""Ids: a prefix and 128 time-sortable bits (48 of milliseconds, 80 of a random number that counts up within one).

Ids made by one process sort in the order in which they were made. Thread-safe.
"""

from __future__ import annotations

import os
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
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
        value = (_last_ms << _RANDOM_BITS) | _last_random
    characters = [""] * _LENGTH
    for place in range(_LENGTH - 1, -1, -1):
        characters[place] = _ALPHABET[value & 31]
        value >>= 5
    return f"{prefix}_{''.join(characters)}"


def _after_fork() -> None:
    """A forked child draws new random bits and an unlocked lock: it must not repeat its parent's ids."""
    global _lock, _last_ms, _last_random
    _lock = threading.Lock()
    _last_ms, _last_random = 0, 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
