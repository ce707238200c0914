"""Texts of keepers as compressed chunks with a full-text index. SQL for SQLite's FTS5 stands here and nowhere else.

The index has no copy of the text (``content=''``) and knows which words a passage has, not where (``detail=none``): a
third of the text's size less. So it chooses a shortlist, and BM25 is counted on the passages themselves.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import sqlalchemy as sa
import zstandard

from loomkin_jupyter.store.tables.keepers import chunks, keepers

PASSAGE = 4_000
"""Characters of a passage, cut at a line's end where there is one in its second half."""
_CHUNK = 4 * PASSAGE
_MOST_IN_CHUNK = 16
"""Passages are numbered by their chunk's number times this. A chunk has at most eight: each is at least half full."""
_LEVEL = 6
_RAREST = 6
_COUNTED = 2_000
_SHORTLIST = 20
_SHORT = 3
_K1, _B = 1.2, 0.75
_WORD = re.compile(r"\w+")
_INDEX = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS keeper_terms USING fts5"
    "(text, content='', detail=none, columnsize=0, tokenize='unicode61 remove_diacritics 2')"
)
_WITH_WORD = (
    "SELECT rowid FROM keeper_terms WHERE keeper_terms MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
)


class Passage(msgspec.Struct, frozen=True):
    """A piece of a keeper. ``place`` counts from 0; a lower ``score`` is a better match."""

    keeper: str
    topic: str
    agent: str
    place: int
    text: str
    score: float


def split(text: str, size: int = PASSAGE) -> Iterator[str]:
    """Yield passages that joined are ``text``."""
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            newline = text.rfind("\n", start + size // 2, end)
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
    conn.exec_driver_sql(_INDEX)
    # Nobody else writes within this transaction, so the numbers of all rows are known beforehand.
    position = conn.execute(sa.select(sa.func.max(chunks.c.position))).scalar_one() or 0
    rows: list[dict[str, object]] = []
    words: list[tuple[int, str]] = []
    size = 0
    for chunk in split(text, _CHUNK) if text else [""]:
        position += 1
        data = pack(chunk)
        rows.append({"position": position, "keeper": keeper_id, "place": len(words), "data": data})
        size += len(data)
        for number, passage in enumerate(split(chunk) if chunk else [""]):
            # A lone surrogate cannot be written as UTF-8: only the index does without it.
            indexed = passage if words else f"{topic}\n{passage}"
            words.append((position * _MOST_IN_CHUNK + number, indexed.encode("utf-8", "replace").decode("utf-8")))
    conn.execute(sa.insert(chunks), rows)
    conn.exec_driver_sql("INSERT INTO keeper_terms(rowid, text) VALUES (?, ?)", words)
    return size


def read(conn: sa.Connection, keeper_id: str) -> str:
    """Return the whole text of a keeper."""
    query = sa.select(chunks.c.data).where(chunks.c.keeper == keeper_id).order_by(chunks.c.place)
    return "".join(unpack(data) for data in conn.execute(query).scalars())


def search(conn: sa.Connection, query: str, limit: int, *, agent: str = "", keeper: str = "") -> list[Passage]:
    """Return passages that fit ``query`` best, best first. Of a long question the rarest words decide."""
    if not sa.inspect(conn).has_table("keeper_terms"):
        return []
    wanted = list(dict.fromkeys(_WORD.findall(query.casefold())))
    total = (conn.execute(sa.select(sa.func.max(chunks.c.position))).scalar_one() or 0) + 1
    borders = (0, total * _MOST_IN_CHUNK)
    inside: set[int] | None = None
    if agent or keeper:
        inside = _chunks_of(conn, agent, keeper)
        if not inside:
            return []
        borders = (min(inside) * _MOST_IN_CHUNK, (max(inside) + 1) * _MOST_IN_CHUNK - 1)
    found = _rarest(conn, wanted, borders)
    places = _shortlist(found, inside, max(_SHORTLIST, 2 * limit))
    # How rare a word is counts among all that is kept; the shortlist only knows what was fetched.
    weights = {word: math.log(1 + (total * 4) / (len(rows) + 0.5)) for word, rows in found.items()}
    scored = [_scored(row, passage, found, weights) for row, passage in _load(conn, places)]
    return heapq.nsmallest(limit, scored, key=lambda passage: passage.score)


def _chunks_of(conn: sa.Connection, agent: str, keeper: str) -> set[int]:
    query = sa.select(chunks.c.position).join(keepers, keepers.c.id == chunks.c.keeper)
    if agent:
        query = query.where(keepers.c.agent == agent)
    if keeper:
        query = query.where(keepers.c.handle == keeper)
    return set(conn.execute(query).scalars())


def _rarest(conn: sa.Connection, words: Iterable[str], borders: tuple[int, int]) -> dict[str, set[int]]:
    """Return the rarest words that are in the index, each with its newest passages; other forms of a word count as absent."""
    found: dict[str, set[int]] = {}
    for word in words:
        rows = conn.exec_driver_sql(_WITH_WORD, (f'"{word}"', *borders, _COUNTED)).scalars()
        if passages := set(rows):
            found[word] = passages
    return {word: found[word] for word in sorted(found, key=lambda word: len(found[word]))[:_RAREST]}


def _shortlist(found: dict[str, set[int]], inside: set[int] | None, most: int) -> list[int]:
    """Return the passages that hold most of what is rare; of equals the newest."""
    sums: dict[int, float] = {}
    for rows in found.values():
        weight = 1 / len(rows)
        for row in rows:
            if inside is None or row // _MOST_IN_CHUNK in inside:
                sums[row] = sums.get(row, 0.0) + weight
    return heapq.nlargest(most, sums, key=lambda row: (sums[row], row))


def _load(conn: sa.Connection, rows: Sequence[int]) -> Iterator[tuple[int, Passage]]:
    """Yield passages with their numbers in the index."""
    numbers: dict[int, list[int]] = {}
    for row in rows:
        numbers.setdefault(row // _MOST_IN_CHUNK, []).append(row % _MOST_IN_CHUNK)
    query = (
        sa.select(chunks.c.position, chunks.c.place, chunks.c.data, keepers.c.handle, keepers.c.topic, keepers.c.agent)
        .join(keepers, keepers.c.id == chunks.c.keeper)
        .where(chunks.c.position.in_(list(numbers)))
    )
    for row in conn.execute(query):
        passages = list(split(unpack(row.data))) or [""]
        for number in numbers[row.position]:
            passage = Passage(row.handle, row.topic, row.agent, row.place + number, passages[number], 0.0)
            yield row.position * _MOST_IN_CHUNK + number, passage


def _scored(row: int, passage: Passage, found: dict[str, set[int]], weights: dict[str, float]) -> Passage:
    """Return the passage with its BM25, negative so that less is better."""
    text = passage.text.casefold()
    if passage.place == 0:
        text = f"{passage.topic.casefold()}\n{text}"
    length = _K1 * (1 - _B + _B * len(text) / PASSAGE)
    score = 0.0
    for word, weight in weights.items():
        # The index finds a word under other accents too; a short word would be counted inside of others.
        often = max(row in found[word], text.count(word) if len(word) > _SHORT else 0)
        score += weight * often * (_K1 + 1) / (often + length)
    return msgspec.structs.replace(passage, score=-score)
