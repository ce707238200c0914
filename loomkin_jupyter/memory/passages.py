"""Texts of keepers as compressed passages with a full-text index. SQL for SQLite's FTS5 stands here and nowhere else.

The index has no copy of the text (``content=''``): rowids are those of the compressed passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
import sqlalchemy as sa
import zstandard

from loomkin_jupyter.store.tables.keepers import chunks, keepers

PASSAGE = 4_000
"""Characters of a passage, cut at a line's end where there is one in its second half."""
_LEVEL = 6
_RAREST = 6
_WORD = re.compile(r"\w+")
_INDEX = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS keeper_index USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS keeper_words USING fts5vocab('keeper_index', 'row')",
)


class Passage(msgspec.Struct, frozen=True):
    """A piece of a keeper. ``place`` counts from 0; a lower ``score`` is a better match."""

    keeper: str
    topic: str
    agent: str
    place: int
    text: str
    score: float


def split(text: str) -> Iterator[str]:
    """Yield passages that joined are ``text``."""
    start = 0
    while start < len(text):
        end = min(start + PASSAGE, len(text))
        if end < len(text):
            newline = text.rfind("\n", start + PASSAGE // 2, end)
            end = newline + 1 if newline >= 0 else end
        yield text[start:end]
        start = end


def pack(text: str) -> bytes:
    """Return ``text`` compressed."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(text.encode("utf-8", "surrogatepass"))


def unpack(data: bytes) -> str:
    """Return what ``pack`` packed."""
    return zstandard.ZstdDecompressor().decompress(data).decode("utf-8", "surrogatepass")


def write(conn: sa.Connection, keeper_id: str, topic: str, text: str) -> int:
    """Store and index the text of a keeper; return its compressed size in bytes."""
    for statement in _INDEX:
        conn.exec_driver_sql(statement)
    # Nobody else writes within this transaction, so the numbers of all rows are known beforehand.
    first = (conn.execute(sa.select(sa.func.max(chunks.c.position))).scalar_one() or 0) + 1
    rows: list[dict[str, object]] = []
    words: list[tuple[int, str]] = []
    for place, passage in enumerate(split(text) if text else [""]):
        rows.append({"position": first + place, "keeper": keeper_id, "place": place, "data": pack(passage)})
        # A lone surrogate cannot be written as UTF-8: only the index does without it.
        indexed = f"{topic}\n{passage}" if place == 0 else passage
        words.append((first + place, indexed.encode("utf-8", "replace").decode("utf-8")))
    conn.execute(sa.insert(chunks), rows)
    conn.exec_driver_sql("INSERT INTO keeper_index(rowid, text) VALUES (?, ?)", words)
    return sum(len(data) for row in rows if isinstance(data := row["data"], bytes))


def read(conn: sa.Connection, keeper_id: str) -> str:
    """Return the whole text of a keeper."""
    query = sa.select(chunks.c.data).where(chunks.c.keeper == keeper_id).order_by(chunks.c.place)
    return "".join(unpack(data) for data in conn.execute(query).scalars())


def search(conn: sa.Connection, query: str, limit: int, *, agent: str = "", keeper: str = "") -> list[Passage]:
    """Return passages that fit ``query`` best, best first. Of a long question the rarest words decide."""
    words = _rarest(conn, _WORD.findall(query.casefold()))
    if not words:
        return []
    match = " OR ".join(f'"{word}"' for word in words)
    # The index ranks; heads are joined afterwards, for as many as are wanted.
    wide = limit if not (agent or keeper) else limit * 50
    rows = conn.exec_driver_sql(
        "SELECT rowid, bm25(keeper_index) FROM keeper_index WHERE keeper_index MATCH ? ORDER BY bm25(keeper_index) LIMIT ?",
        (match, wide),
    ).all()
    scores = {int(row[0]): float(row[1]) for row in rows}
    table = (
        sa.select(chunks.c.position, chunks.c.place, chunks.c.data, keepers.c.handle, keepers.c.topic, keepers.c.agent)
        .join(keepers, keepers.c.id == chunks.c.keeper)
        .where(chunks.c.position.in_(list(scores)))
    )
    if agent:
        table = table.where(keepers.c.agent == agent)
    if keeper:
        table = table.where(keepers.c.handle == keeper)
    found = [
        Passage(row.handle, row.topic, row.agent, row.place, unpack(row.data), scores[row.position])
        for row in conn.execute(table)
    ]
    return sorted(found, key=lambda passage: passage.score)[:limit]


def _rarest(conn: sa.Connection, words: Iterable[str]) -> list[str]:
    """Return the words that are in the index, at most the ``_RAREST`` rarest; other forms of a word count as absent."""
    if not sa.inspect(conn).has_table("keeper_index"):
        return []
    counts: dict[str, int] = {}
    for word in dict.fromkeys(words):
        row = conn.exec_driver_sql(
            "SELECT count(*) FROM (SELECT 1 FROM keeper_index WHERE keeper_index MATCH ? LIMIT 2000)", (f'"{word}"',)
        ).one()
        if row[0]:
            counts[word] = int(row[0])
    return sorted(counts, key=lambda word: counts[word])[:_RAREST]
