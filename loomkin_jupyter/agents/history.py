"""One agent's memory of what was said and done: append-only, in memory as it is in the store.

Entries join the list after their commit, or with what must be committed before anything follows from them. What moved to a
keeper stays in the store, marked, and leaves the list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from loomkin_jupyter.core.messages import AssistantEntry, Entry, ToolCall, ToolEntry, UserEntry
from loomkin_jupyter.memory.rendering import Rendering
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store import histories
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.store.writer import Work


class History:
    """The live entries of one agent, oldest first."""

    def __init__(self, store: Store, team: str, agent: str) -> None:
        self._store = store
        self._team = team
        self._agent = agent
        self._entries: list[Entry] = []
        self._last: Work | None = None
        self._handed: asyncio.Future[None] | None = None
        self.rendering = Rendering()
        self.fresh = False
        """Whether nothing can be in the store, as of an agent that was just made; then ``load`` does not look."""

    @property
    def entries(self) -> Sequence[Entry]:
        """The live entries; don't change them."""
        return self._entries

    async def load(self) -> None:
        """Take the live entries from the store, as after a restart."""
        if self._handed is not None:
            await asyncio.wait((self._handed,))
        self._last = self._handed = None
        if self.fresh:
            self.fresh = False
            return
        self._entries = list(await self._store.read(lambda conn: histories.load_live(conn, self._team, self._agent)))

    def write(self, tx: Tx, entries: Iterable[Entry]) -> None:
        """Write entries within a transaction; call ``keep`` with the same after its commit."""
        histories.append(tx, self._team, self._agent, list(entries))

    def keep(self, entries: Iterable[Entry]) -> None:
        """Take committed entries in."""
        self._entries.extend(entries)

    async def add(self, *entries: Entry) -> None:
        """Write entries in a transaction of their own and take them in."""
        await self.commit(lambda tx: self.write(tx, entries), entries)

    async def commit(self, work: Callable[[Tx], None], entries: Iterable[Entry]) -> None:
        """Run ``work``, which writes ``entries`` among other things, and take them in; never one without the other."""
        committed, self._last = self._store.chain(work, self._last)
        try:
            await uninterrupted(committed)
        finally:
            if committed.done() and not committed.exception():
                self.keep(entries)

    def hand_over(self, work: Callable[[Tx], None], entries: Iterable[Entry] = ()) -> None:
        """Take ``entries`` in and leave ``work``, which writes them, to the next commit, or to one of its own within 50 ms.

        What follows rests on it: if it fails, the next ``commit`` does too, and the history is loaded anew.
        """
        self._handed, self._last = self._store.chain(work, self._last, soon=True)
        self.keep(entries)

    def replace(self, live: Sequence[Entry]) -> None:
        """Take the live entries as an offload committed them."""
        self._entries = list(live)

    def open_calls(self) -> list[tuple[AssistantEntry, ToolCall]]:
        """Return calls without a result, in order: what a crash or a stop cut off."""
        answered = {entry.call_id for entry in self._entries if isinstance(entry, ToolEntry)}
        return [
            (entry, call)
            for entry in self._entries
            if isinstance(entry, AssistantEntry)
            for call in entry.calls
            if call.id not in answered
        ]

    def answers_in_turn(self) -> int:
        """Return how many answers the turn under way has had: those after the last final answer or end of a turn."""
        count = 0
        for entry in reversed(self._entries):
            if isinstance(entry, UserEntry) and entry.kind in TURN_ENDS:
                break
            if isinstance(entry, AssistantEntry):
                if is_final(entry) and not self._corrected(entry):
                    break
                count += 1
        return count

    def unfinished(self) -> bool:
        """Whether something was said or done that no final answer and no end of a turn followed."""
        for entry in reversed(self._entries):
            if isinstance(entry, UserEntry) and entry.kind in TURN_ENDS:
                return False
            if isinstance(entry, AssistantEntry):
                return not is_final(entry)
            return True
        return False

    def final_answer(self, run: str) -> AssistantEntry | None:
        """Return the last final answer in ``run`` when nothing follows it."""
        for entry in reversed(self._entries):
            if isinstance(entry, AssistantEntry):
                return entry if is_final(entry) and entry.run == run else None
            if isinstance(entry, UserEntry):
                return None
        return None

    def _corrected(self, answer: AssistantEntry) -> bool:
        place = self._entries.index(answer)
        following = self._entries[place + 1 : place + 2]
        return bool(following) and isinstance(following[0], UserEntry) and following[0].kind == "correction"


TURN_ENDS = frozenset({"guard_stop", "stopped", "turn_failed", "recalled"})


def is_final(entry: AssistantEntry) -> bool:
    """Whether an answer ends a turn: text, and nothing to call."""
    return not entry.calls and entry.finish in ("stop", "refused", "filtered") and bool(entry.text.strip())
