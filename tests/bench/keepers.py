"""Keepers: keeping 100,000 tokens, finding words in a million, reading a whole keeper, bytes on disk."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from loomkin_jupyter.memory.keepers import Keepers
from loomkin_jupyter.store.store import Store
from tests.bench.measure import Row, row

_KEEPERS, _WORDS = 10, 66_000


async def run() -> list[Row]:
    """Measure all."""
    draw = random.Random(7)
    words = [f"{draw.choice('bcdfgk')}{draw.choice('aeiou')}{number:x}" for number in range(20_000)]
    kept, keyword, question, whole = list[float](), list[float](), list[float](), list[float]()
    size = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bench.db"
        store = Store.open(place)
        keepers = Keepers(store)
        for number in range(_KEEPERS):
            text = " ".join(words[int(draw.paretovariate(0.6)) % len(words)] for _ in range(_WORDS))
            size += len(text)
            begun = time.perf_counter()
            await keepers.keep("worker", text, f"part {number}")
            kept.append((time.perf_counter() - begun) * 1e3)
        for _ in range(30):
            sentence = " ".join(draw.choice(words) for _ in range(12))
            for query, times in ((draw.choice(words), keyword), (sentence, question)):
                begun = time.perf_counter()
                await keepers.search(query)
                times.append((time.perf_counter() - begun) * 1e3)
            begun = time.perf_counter()
            await keepers.load("K3")
            whole.append((time.perf_counter() - begun) * 1e3)
        await store.close()
        on_disk = place.stat().st_size / size
    return [
        row("keepers: keep about 100,000 tokens", kept, "ms", target="off the loop"),
        row("keepers: find a word", keyword, "ms", target="< 1"),
        row("keepers: find by a sentence of 12 words", question, "ms", target="< 10"),
        row("keepers: read 100,000 tokens", whole, "ms", target="< 2"),
        row("keepers: bytes on disk per byte of text", [on_disk], "", target="< 0.5"),
    ]
