"""Moving the oldest part of a history to a keeper: rows, keeper, pointer and signals in one transaction. Loses nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import Entry, ToolEntry, UserEntry, encode_entry
from loomkin_jupyter.core.signals import ContextOffloaded
from loomkin_jupyter.memory import keepers
from loomkin_jupyter.memory.window import POINTER, choose, excerpt, pointer_text, size_of, topic_of
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.agents import history
from loomkin_jupyter.store.transaction import Tx

_EXCERPT = 0.05
"""How much of the window the beginning and end of a single large entry may still take."""


async def offload(
    store: Store,
    team: str,
    agent: str,
    entries: Sequence[Entry],
    *,
    window: int,
    part: float = 0.3,
    run: str = "",
    time: float = 0.0,
) -> list[Entry]:
    """Move the oldest ``part`` of the live ``entries`` (and what is too large for the window) and return what is live now.

    The same list comes back when nothing can move.
    """
    oldest, large = choose(entries, part, window)
    if not oldest and not large:
        return list(entries)
    now = list(entries)
    return await store.transact(
        lambda tx: _Move(tx, team, agent, run, window, time or tx.time).make(now, oldest, large)
    )


class _Move:
    """One offload under way. The rows are written again in their order, so that the whole history stays in one order."""

    def __init__(self, tx: Tx, team: str, agent: str, run: str, window: int, time: float) -> None:
        self._tx, self._team, self._agent, self._run = tx, team, agent, run
        self._window, self._time = window, time

    def make(self, entries: list[Entry], oldest: list[int], large: list[int]) -> list[Entry]:
        """Write keepers, pointers, rows and the signal; return the live entries."""
        moved = [entries[place] for place in oldest]
        handle = self._keep(moved) if moved else ""
        places, last = set(oldest), oldest[-1] if oldest else -1
        rows: list[tuple[Entry, str]] = []
        for place, entry in enumerate(entries):
            if place in large:
                alone = self._keep([entry])
                rows += [(entry, alone), (self._stand_in(entry, alone), "")]
                handle = handle or alone
            else:
                rows.append((entry, handle if place in places else ""))
            if place == last:
                text = pointer_text(handle, topic_of(moved), moved, size_of(moved))
                rows.append((self._pointer(text), ""))
        self._rewrite(rows)
        live = [entry for entry, keeper in rows if not keeper]
        self._tx.emit(
            ContextOffloaded(
                keeper=handle, before_tokens=size_of(entries), after_tokens=size_of(live), window=self._window,
                agent=self._agent, team=self._team, run=self._run,
            )
        )  # fmt: skip
        return live

    def _keep(self, moved: list[Entry]) -> str:
        what = keepers.kept(self._agent, moved, topic_of(moved), team=self._team, run=self._run)
        return keepers.write(self._tx, what)

    def _pointer(self, text: str) -> UserEntry:
        return UserEntry(
            id=new_id("entry"), text=text, sender="loomkin", kind=POINTER, time=self._time, run=self._run, pinned=True
        )

    def _stand_in(self, entry: Entry, handle: str) -> Entry:
        """Return what takes the place of one large entry: its beginning and end, and where the whole is."""
        text = pointer_text(handle, topic_of([entry]), [entry], size_of([entry]))
        text = f"{text}\n\n{excerpt(entry.text, int(self._window * _EXCERPT))}"
        if isinstance(entry, ToolEntry):
            return msgspec.structs.replace(entry, id=new_id("entry"), text=text, keeper=handle)
        if isinstance(entry, UserEntry):
            return msgspec.structs.replace(entry, id=new_id("entry"), text=text)
        return self._pointer(text)

    def _rewrite(self, rows: list[tuple[Entry, str]]) -> None:
        mine = (history.c.team == self._team) & (history.c.agent == self._agent)
        conn = self._tx.conn
        # Everything that was live stands at the end already: what earlier keepers hold keeps its place before it.
        conn.execute(sa.delete(history).where(mine, history.c.keeper == ""))
        conn.execute(
            sa.insert(history),
            [
                {
                    "team": self._team, "agent": self._agent, "entry": entry.id,
                    "payload": encode_entry(entry).decode(), "keeper": keeper,
                }
                for entry, keeper in rows
            ],
        )  # fmt: skip
