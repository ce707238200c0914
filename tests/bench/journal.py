"""The journal: signals per second through the group commit, and one durable transaction after another."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from loomkin_jupyter.core.signals import LogWritten, TextStreamed
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from tests.bench.measure import Row, row

_SIGNALS, _RUNS = 50_000, 5


def _note(tx: Tx) -> None:
    tx.emit(LogWritten(text="x"))


async def run() -> list[Row]:
    """Measure both."""
    rates, alone = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "bench.db")
        await store.ready()
        for _ in range(_RUNS):
            begun = time.perf_counter()
            for _ in range(_SIGNALS):
                store.journal(store.numbering.stamp(TextStreamed(call="c", text="hello")))
            await store.flush()
            rates.append(_SIGNALS / (time.perf_counter() - begun))
        for _ in range(500):
            begun = time.perf_counter()
            await store.transact(_note)
            alone.append((time.perf_counter() - begun) * 1e6)
        await store.close()
    return [
        row("journal, group-committed", rates, "signals/s", target="≥ 50,000"),
        row("one transaction with one signal, awaited", alone, "µs"),
    ]
