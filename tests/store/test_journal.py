"""The journal: order, paging, and that what version 1 wrote is read for ever."""

from __future__ import annotations

from pathlib import Path

import msgspec

from loomkin_jupyter.core.signals import SIGNALS, LogWritten, Signal, Unknown, decode, encode, type_of
from loomkin_jupyter.store import journal
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

_V1 = Path(__file__).with_name("journal_v1.ndjson")


def _notes(*texts: str, run: str = "", team: str = ""):
    def work(tx: Tx) -> None:
        for text in texts:
            tx.emit(LogWritten(text=text, run=run, team=team))

    return work


async def test_reading_goes_on_after_a_number(store: Store) -> None:
    await store.transact(_notes("a", "b", "c", team="t"))
    await store.transact(_notes("d", run="run_2"))
    epoch = store.epoch
    after = await store.read(lambda conn: journal.read_from(conn, epoch, 2))
    assert [(s.seq, s.text) for s in after if isinstance(s, LogWritten)] == [(3, "c"), (4, "d")]
    assert len(await store.read(lambda conn: journal.read_from(conn, epoch, 0, "t", 2))) == 2
    assert len(await store.read(lambda conn: journal.read_from(conn, epoch, 0, run="run_2"))) == 1
    assert await store.read(lambda conn: journal.read_from(conn, epoch + 1, 0)) == []
    assert await store.read(journal.last) == (epoch, 4)


async def test_all_signals_crosses_epochs_in_the_order_of_writing(tmp_path: Path) -> None:
    found: list[Signal] = []
    for life in range(3):
        store = Store.open(tmp_path / "s.db")
        await store.transact(_notes(f"{life}a", f"{life}b", run=f"run_{life}"))
        found = await store.read(journal.all_signals)
        pages = await store.read(lambda conn: list(journal.iterate(conn, page=2)))
        one = await store.read(lambda conn: journal.all_signals(conn, run="run_0"))
        await store.close()
        assert [s.id for s in found] == [s.id for s in pages]
        assert len(one) == 2
    texts = [s.text for s in found if isinstance(s, LogWritten)]
    assert texts == ["0a", "0b", "1a", "1b", "2a", "2b"]
    assert [s.epoch for s in found] == [1, 1, 2, 2, 3, 3]


async def test_an_unknown_type_is_kept_as_it_was(store: Store) -> None:
    text = '{"type":"agent.sang","v":1,"id":"sig_x","seq":1,"epoch":1,"song":"la"}'
    await store.transact(lambda tx: journal.append(tx.conn, [decode(text)]))
    (found,) = await store.read(journal.all_signals)
    assert isinstance(found, Unknown)
    assert (found.name, found.seq) == ("agent.sang", 1)
    assert msgspec.json.decode(encode(found)) == msgspec.json.decode(text)


def test_every_signal_that_version_1_wrote_is_still_understood() -> None:
    signals = [decode(line) for line in _V1.read_text().splitlines()]
    assert [type_of(s) for s in signals if isinstance(s, Unknown)] == []
    for line, signal in zip(_V1.read_text().splitlines(), signals, strict=True):
        written, read = msgspec.json.decode(line), msgspec.json.decode(encode(signal))
        assert {key: read[key] for key in written} == written


def test_the_stored_journal_has_every_type_of_version_1() -> None:
    stored = {msgspec.json.decode(line)["type"] for line in _V1.read_text().splitlines()}
    assert stored == {str(kind.__struct_config__.tag) for kind in SIGNALS}, (
        "add a line of each new signal to journal_v1.ndjson; never change a line that is there"
    )
