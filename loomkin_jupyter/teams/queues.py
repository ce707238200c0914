"""What waits for an agent, edited by a person: changed, deleted, moved, several made one, and that one taken apart again.

Each change is committed with its signal before the inbox has it. Owns no message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.messages import Envelope
from loomkin_jupyter.core.signals import QueueEdited
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store import inbox as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.roster import Roster

SQUASHABLE = ("message", "guidance")
GONE = "That message no longer waits: it was read or deleted."


class Queues:
    """The queues of one team."""

    def __init__(self, store: Store, roster: Roster) -> None:
        self._store = store
        self._roster = roster

    def holder(self, message: str) -> Agent:
        """Return the agent for whom a message waits.

        :raises LoomkinError: when it was read or deleted.
        """
        for agent in self._roster.agents.values():
            if any(envelope.id == message for envelope in agent.inbox.waiting()):
                return agent
        raise LoomkinError(GONE, "Send a new message instead.")

    async def edit(self, message: str, text: str) -> None:
        """Change the text of a waiting message."""
        agent, found = self._find(message)
        edited = msgspec.structs.replace(found, text=text)

        def work(tx: Tx) -> None:
            self._still(tx, [found])
            rows.put_back(tx, self._team, edited)

        await self._commit(
            agent, work, [self._signal(found, "edited", text)], lambda queue: _swap(queue, found, [edited])
        )

    async def delete(self, message: str) -> None:
        """Take a waiting message away."""
        agent, found = self._find(message)

        def work(tx: Tx) -> None:
            self._still(tx, [found])
            rows.delete(tx, self._team, message)

        await self._commit(agent, work, [self._signal(found, "deleted")], lambda queue: _swap(queue, found, []))

    async def move(self, message: str, place: int) -> None:
        """Move a waiting message to ``place`` (0 is next) in its recipient's queue."""
        agent, found = self._find(message)

        def work(tx: Tx) -> None:
            self._still(tx, [found])
            rows.move(tx, self._team, message, place)

        def moved(queue: list[Envelope]) -> list[Envelope]:
            rest = [e for e in queue if e.id != message]
            return queue if len(rest) == len(queue) else [*rest[:place], found, *rest[place:]]

        await self._commit(agent, work, [self._signal(found, "moved")], moved)

    async def squash(self, messages: Sequence[str]) -> Envelope:
        """Make one of two or more of a person's waiting messages to one agent, in their order, in the first one's place.

        It keeps the first one's id, and the parts, so that ``restore`` can take it apart.

        :raises UsageError: when they are not such messages.
        """
        wanted = set(messages)
        if len(wanted) < 2:
            raise UsageError("Only two or more messages can become one.", "Name them, or the agent for whom they wait.")
        agent = self.holder(messages[0])
        parts = [e for e in agent.inbox.waiting() if e.id in wanted]
        if len(parts) < len(wanted):
            raise UsageError(
                f"Not all of these messages wait for {agent.name}.", "Only messages to the same agent can become one."
            )
        _check(parts)
        whole = tuple(part for one in parts for part in (one.squashed or (one,)))
        first = msgspec.structs.replace(parts[0], text="\n\n".join(one.text for one in parts), squashed=whole)

        def work(tx: Tx) -> None:
            self._still(tx, parts)
            rows.put_back(tx, self._team, first)
            for one in parts[1:]:
                rows.delete(tx, self._team, one.id)

        def squashed(queue: list[Envelope]) -> list[Envelope]:
            gone = {one.id for one in parts[1:]}
            return _swap([e for e in queue if e.id not in gone], parts[0], [first])

        signals = [self._signal(first, "edited", first.text), *(self._signal(one, "squashed") for one in parts[1:])]
        await self._commit(agent, work, signals, squashed)
        return first

    async def restore(self, message: str) -> list[Envelope]:
        """Take a squashed message apart: its parts wait again in its place, as they were. Returns them.

        :raises UsageError: when it was never squashed.
        """
        agent, found = self._find(message)
        parts = list(found.squashed)
        if not parts:
            raise UsageError("That message was not made of several.", "loomkin queue list shows which were.")

        def work(tx: Tx) -> None:
            self._still(tx, [found])
            waiting = [envelope.id for envelope in rows.waiting(tx.conn, self._team, agent.name)]
            for offset, part in enumerate(parts):
                rows.put_back(tx, self._team, part)
                rows.move(tx, self._team, part.id, waiting.index(message) + offset)

        signals = [
            self._signal(parts[0], "edited", parts[0].text),
            *(self._signal(part, "restored", part.text) for part in parts[1:]),
        ]
        await self._commit(agent, work, signals, lambda queue: _swap(queue, found, parts))
        return parts

    @property
    def _team(self) -> str:
        return self._roster.team

    def _find(self, message: str) -> tuple[Agent, Envelope]:
        agent = self.holder(message)
        return agent, next(e for e in agent.inbox.waiting() if e.id == message)

    def _still(self, tx: Tx, envelopes: Sequence[Envelope]) -> None:
        """Raise LoomkinError, which undoes the transaction, when one of them was read in this moment."""
        if any(rows.get(tx.conn, self._team, envelope.id) is None for envelope in envelopes):
            raise LoomkinError(GONE, "Send a new message instead.")

    def _signal(self, envelope: Envelope, change: str, text: str = "") -> QueueEdited:
        return QueueEdited(
            message=envelope.id, change=change, text=text, team=self._team, agent=envelope.to, run=envelope.run
        )

    async def _commit(
        self,
        agent: Agent,
        work: Callable[[Tx], object],
        signals: Sequence[QueueEdited],
        change: Callable[[list[Envelope]], list[Envelope]],
    ) -> None:
        """Write a change and tell of it, then change the inbox as it is by then: something may have been read or come."""

        def whole(tx: Tx) -> None:
            work(tx)
            for signal in signals:
                tx.emit(signal)

        async def both() -> None:
            await self._store.transact(whole)
            agent.inbox.replace(change(list(agent.inbox.waiting())))

        await uninterrupted(both())


def _swap(queue: list[Envelope], old: Envelope, new: list[Envelope]) -> list[Envelope]:
    """Return the queue with ``new`` where ``old`` was, or as it is when that has left it."""
    return [one for envelope in queue for one in (new if envelope.id == old.id else [envelope])]


def _check(parts: Sequence[Envelope]) -> None:
    """Raise UsageError unless these are a person's plain messages that can be read now."""
    for one in parts:
        if one.sender != "user" or one.kind not in SQUASHABLE:
            raise UsageError(
                f"A {one.kind} from {one.sender} cannot be squashed.",
                "Only your own messages to an agent can become one.",
            )
        if one.due is not None:
            raise UsageError(
                "A scheduled message cannot be squashed.", "Delete it and schedule one with the whole text."
            )
