"""Steps that bring a database of an older schema up to this one, one per version. Each is frozen: it knows its time's tables.

They run when the database is opened, inside one transaction with the new stamp: all or nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa


def _smaller_keepers(conn: sa.Connection) -> None:
    """Version 2: the index of keepers holds words without their places; a chunk holds up to 16 passages.

    A chunk from before holds one passage; its number in the index is the first of its sixteen.
    """
    import zstandard

    conn.exec_driver_sql("DROP TABLE IF EXISTS keeper_words")
    conn.exec_driver_sql("DROP TABLE IF EXISTS keeper_index")
    conn.exec_driver_sql(
        "CREATE VIRTUAL TABLE keeper_terms USING fts5"
        "(text, content='', detail=none, columnsize=0, tokenize='unicode61 remove_diacritics 2')"
    )
    last = 0
    query = (
        "SELECT c.position, c.place, c.data, k.topic FROM keeper_chunks c JOIN keepers k ON k.id = c.keeper "
        "WHERE c.position > ? ORDER BY c.position LIMIT 500"
    )
    while rows := conn.exec_driver_sql(query, (last,)).all():
        last = rows[-1].position
        words: list[tuple[int, str]] = []
        for position, place, data, topic in rows:
            try:
                text = zstandard.ZstdDecompressor().decompress(data).decode("utf-8", "replace")
            except zstandard.ZstdError:
                text = ""  # damaged: whoever reads it hears so; the rest must still open
            words.append((position * 16, f"{topic}\n{text}" if place == 0 else text))
        conn.exec_driver_sql("INSERT INTO keeper_terms(rowid, text) VALUES (?, ?)", words)


UPGRADES: dict[int, Callable[[sa.Connection], None]] = {2: _smaller_keepers}
"""By the version that a step leads to."""
