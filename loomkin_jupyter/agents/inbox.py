"""What waits for one agent: persisted envelopes, in the order in which it will read them.

An envelope leaves the inbox in the same transaction in which it enters the history. A request of another run waits
until the team lets it through; everything else is taken at the next checkpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from loomkin_jupyter.agents.history import History
from loomkin_jupyter.agents.prompt import envelope_text
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import PRIORITY_ORDER, Envelope, UserEntry
from loomkin_jupyter.core.signals import MessageConsumed
from loomkin_jupyter.runtime.mailbox import Mailbox
from loomkin_jupyter.store import inbox as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


class Inbox:
    """The queue of one agent. ``may_take`` says whether an envelope's turn has come."""

    def __init__(self, store: Store, clock: Clock, team: str, agent: str, may_take: Callable[[Envelope], bool]) -> None:
        self._store = store
        self._clock = clock
        self._team = team
        self._agent = agent
        self._may_take = may_take
        self._waiting: Mailbox[Envelope] = Mailbox()
        self._known: set[str] = set()
        self._wake = asyncio.Event()

    def put(self, envelope: Envelope) -> None:
        """Queue a committed envelope; one that is here already is not queued twice."""
        if envelope.id in self._known:
            return
        self._known.add(envelope.id)
        self._waiting.put(envelope, order=PRIORITY_ORDER[envelope.priority])
        self._wake.set()

    def replace(self, envelopes: Iterable[Envelope]) -> None:
        """Take a new order or content of the queue (a person edited it)."""
        wanted = list(envelopes)
        self._known = {envelope.id for envelope in wanted}
        self._waiting.replace(lambda _: wanted)
        self._wake.set()

    def drop(self, ids: Iterable[str]) -> None:
        """Take away what was deleted from the store."""
        gone = set(ids)
        self._waiting.replace(lambda items: [item for item in items if item.id not in gone])

    def waiting(self) -> tuple[Envelope, ...]:
        """Return what waits, in order."""
        return self._waiting.peek()

    def ready(self) -> list[Envelope]:
        """Return what may be taken now, in order; at most one request at a time."""
        taken: list[Envelope] = []
        for envelope in self._waiting.peek():
            if self._may_take(envelope) and not (
                envelope.kind == "request" and any(other.kind == "request" for other in taken)
            ):
                taken.append(envelope)
        return taken

    def urgent(self) -> bool:
        """Whether guidance waits that should reach the agent before its next call."""
        return any(e.kind == "guidance" or e.priority == "urgent" for e in self.ready())

    def wake(self) -> None:
        """Have the agent look again: a request's turn may have come."""
        self._wake.set()

    async def wait(self) -> None:
        """Wait until something may be taken."""
        while not self.ready():
            self._wake.clear()
            await self._wake.wait()

    async def drain(self, history: History, run: str, also: Callable[[Tx, list[Envelope]], None]) -> list[Envelope]:
        """Move what may be taken into the history, in one transaction with ``also``; return it in order."""
        taken = self.ready()
        if not taken:
            return []
        now = self._clock.now()
        entries = [_entry(envelope, run, now) for envelope in taken]
        ids = [envelope.id for envelope in taken]
        signal = MessageConsumed(messages=ids, team=self._team, agent=self._agent, run=entries[-1].run)

        def work(tx: Tx) -> None:
            history.write(tx, entries)
            rows.consume(tx, self._team, ids)
            also(tx, taken)
            tx.emit(signal)

        await self._store.transact(work)
        history.keep(entries)
        self.drop(ids)
        return taken

    def __len__(self) -> int:
        return len(self._waiting)


def _entry(envelope: Envelope, run: str, now: float) -> UserEntry:
    return UserEntry(
        id=new_id("entry"),
        text=envelope_text(envelope.sender, envelope.kind, envelope.text, task=envelope.task, trusted=envelope.trusted),
        sender=envelope.sender,
        kind=envelope.kind,
        time=now,
        run=envelope.run or run,
        pinned=envelope.kind in ("request", "task", "guidance"),
    )
