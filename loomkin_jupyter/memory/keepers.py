"""Keepers: pieces of conversation and long results, kept word for word, found by words, read by page. Never summarised.

Between two reads a keeper is rows in the database; nothing of it stays in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.errors import ToolRetry, nearest
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import Entry
from loomkin_jupyter.core.signals import ContextRetrieved, KeeperCreated
from loomkin_jupyter.memory import passages
from loomkin_jupyter.memory.passages import Passage
from loomkin_jupyter.memory.tokens import estimate
from loomkin_jupyter.memory.window import render, topic_of
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.keepers import keepers as table
from loomkin_jupyter.store.transaction import Tx

MODES = ("raw", "smart")
_MOST_PASSAGES = 40


class KeeperView(msgspec.Struct, frozen=True, kw_only=True):
    """A keeper's head."""

    handle: str
    agent: str
    topic: str
    tokens: int
    entries: int
    origin: str
    run: str
    created: float
    accesses: int


class Kept(msgspec.Struct, frozen=True):
    """What ``write`` is told: the content of a keeper to be."""

    agent: str
    text: str
    topic: str
    entries: int = 0
    team: str = ""
    run: str = ""
    origin: str = "history"


def kept(
    agent: str, content: str | Sequence[Entry], topic: str = "", *, team: str = "", run: str = "", origin: str = ""
) -> Kept:
    """Return entries or a text as the content of a keeper."""
    if isinstance(content, str):
        return Kept(agent, content, topic or "a text", 0, team, run, origin or "result")
    text = "\n\n".join(render(entry) for entry in content)
    return Kept(agent, text, topic or topic_of(content), len(content), team, run, origin or "history")


def write(tx: Tx, what: Kept) -> str:
    """Write a keeper inside a transaction, with its signal, and return its handle."""
    keeper_id, handle = new_id("keep"), tx.handle("K")
    tokens = estimate(what.text)
    head = {"agent": what.agent, "team": what.team, "run": what.run, "topic": what.topic, "origin": what.origin}
    counts = {"tokens": tokens, "entries": what.entries, "created": tx.time}
    tx.conn.execute(sa.insert(table).values(id=keeper_id, handle=handle, **head, **counts))
    size = passages.write(tx.conn, keeper_id, what.topic, what.text)
    tx.conn.execute(sa.update(table).where(table.c.id == keeper_id).values(bytes=size))
    tx.emit(
        KeeperCreated(
            keeper=handle, topic=what.topic, tokens=tokens, entries=what.entries, origin=what.origin, agent=what.agent,
            team=what.team, run=what.run,
        )
    )  # fmt: skip
    return handle


class Keepers:
    """The keepers of a workspace. ``ask_model`` answers a prompt for the smart mode, where a model is at hand."""

    def __init__(self, store: Store, ask_model: Callable[[str], Awaitable[str]] | None = None) -> None:
        self._store = store
        self._ask_model = ask_model
        self._made = self._reads = 0

    async def keep(
        self,
        agent: str,
        content: str | Sequence[Entry],
        topic: str = "",
        *,
        team: str = "",
        run: str = "",
        origin: str = "",
    ) -> str:
        """Keep entries or a text and return the handle (K3) after the commit."""
        what = kept(agent, content, topic, team=team, run=run, origin=origin)
        handle = await self._store.transact(lambda tx: write(tx, what))
        self._made += 1
        return handle

    async def load(self, handle: str) -> str:
        """Return the whole text of a keeper.

        :raises ToolRetry: when there is none of this handle.
        """
        handle = handle.strip().upper()

        def work(conn: sa.Connection) -> str | list[str]:
            found = conn.execute(sa.select(table.c.id).where(table.c.handle == handle)).scalar_one_or_none()
            if found is None:
                return list(conn.execute(sa.select(table.c.handle)).scalars())
            return passages.read(conn, found)

        text = await self._store.read(work)
        if not isinstance(text, str):
            raise ToolRetry(f"There is no keeper {handle!r}; search_keepers lists them.{nearest(handle, text)}")
        return text

    async def search(self, query: str, limit: int = 10, *, agent: str = "") -> list[Passage]:
        """Return the passages that fit ``query`` best, best first; none when no word of it occurs."""
        return await self._store.read(lambda conn: passages.search(conn, query, limit, agent=agent))

    async def list(self, *, agent: str = "", limit: int = 1_000) -> list[KeeperView]:
        """Return keepers (of an agent), oldest first."""
        columns = [table.c[name] for name in KeeperView.__struct_fields__]
        query = sa.select(*columns).order_by(table.c.created, table.c.id).limit(limit)
        if agent:
            query = query.where(table.c.agent == agent)
        return await self._store.read(lambda conn: [KeeperView(**row) for row in conn.execute(query).mappings()])

    async def retrieve(
        self,
        query: str = "",
        agent: str = "",
        keeper: str = "",
        mode: str = "raw",
        offset: int = 0,
        budget_tokens: int = 2_500,
        *,
        team: str = "",
        reader: str = "",
        run: str = "",
    ) -> str:
        """Return text for a model: a page of a keeper, of an agent's whole history, or the passages that fit a query.

        ``offset`` in characters continues a page. Smart mode answers ``query`` from the passages with one model call.

        :raises ToolRetry: when nothing was asked for, or for an unknown mode or keeper.
        """
        if mode not in MODES:
            raise ToolRetry(f"mode is {mode!r}; it must be one of {', '.join(MODES)}.{nearest(mode, MODES)}")
        if not (query.strip() or agent or keeper):
            raise ToolRetry("Say what to look for: query, agent or keeper_id.")
        used: list[str]
        if query.strip():
            text, used = await self._passages(query, agent, keeper.strip().upper(), budget_tokens)
            if used and mode == "smart":
                text = await self._smart(query, text)
        elif keeper:
            used = [keeper.strip().upper()]
            text = page(used[0], await self.load(keeper), offset, budget_tokens)
        else:
            used = []
            text = page(f"history of {agent}", await self.history(team, agent), offset, budget_tokens)
            if mode == "smart":
                text = f"(smart mode needs a query; this is the text itself)\n{text}"
        await self._note(used, mode, query, reader, team, run)
        return text

    async def history(self, team: str, agent: str) -> str:
        """Return everything an agent said and heard, live and kept, in one order.

        :raises ToolRetry: when nobody of that name has a history.
        """
        entries = await self._store.read(lambda conn: histories.load_all(conn, team, agent))
        if not entries:
            raise ToolRetry(f"Nobody named {agent!r} has a history in this team.")
        return "\n\n".join(render(entry) for entry in entries)

    async def _passages(self, query: str, agent: str, keeper: str, budget: int) -> tuple[str, list[str]]:
        if keeper:
            await self.load(keeper)  # an unknown handle is a mistake, not an empty answer
        found = await self._store.read(
            lambda conn: passages.search(conn, query, _MOST_PASSAGES, agent=agent, keeper=keeper)
        )
        if not found:
            where = f" in {keeper}" if keeper else f" of {agent}" if agent else ""
            return (
                f"No match: no keeper{where} has a word of {query!r}. Try other words, or search_keepers for the topics.",
                [],
            )
        chosen: list[Passage] = []
        left = budget
        for passage in found:
            cost = estimate(passage.text)
            if chosen and cost > left:
                continue
            chosen.append(passage)
            left -= cost
        chosen.sort(key=lambda passage: (int(passage.keeper[1:]), passage.place))
        parts = [f"[{p.keeper}, {p.agent}: {p.topic}; part {p.place + 1}]\n{p.text}" for p in chosen]
        return "\n\n".join(parts), list(dict.fromkeys(passage.keeper for passage in chosen))

    async def _smart(self, query: str, text: str) -> str:
        if self._ask_model is None:
            return f"(smart mode needs a model; these are the passages themselves)\n{text}"
        answer = await self._ask_model(
            f"Answer the question from these passages only; name the keeper of each fact; say so if they do not answer it."
            f"\n\nQuestion: {query}\n\nPassages:\n{text}"
        )
        return answer.strip() or text

    async def _note(self, used: list[str], mode: str, query: str, reader: str, team: str, run: str) -> None:
        self._reads += 1

        def work(tx: Tx) -> None:
            if used:
                tx.conn.execute(
                    sa.update(table)
                    .where(table.c.handle.in_(used))
                    .values(accessed=tx.time, accesses=table.c.accesses + 1)
                )
            tx.emit(ContextRetrieved(keepers=used, mode=mode, query=query, agent=reader, team=team, run=run))

        await self._store.transact(work)

    def statistics(self) -> dict[str, int]:
        """Return what was kept and read since the start."""
        return {"made": self._made, "reads": self._reads}


def page(name: str, text: str, offset: int, budget_tokens: int) -> str:
    """Return ``text`` from ``offset`` as far as the budget goes, with where it stands and how to go on."""
    offset = min(max(offset, 0), len(text))
    size = max(int(budget_tokens * max(len(text), 1) / max(estimate(text), 1)), 1)
    end = min(offset + size, len(text))
    head = f"[{name}: characters {offset}–{end} of {len(text)}"
    more = f"; go on with offset={end}" if end < len(text) else "; that is all"
    return f"{head}{more}]\n{text[offset:end]}"
