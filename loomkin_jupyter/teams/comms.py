"""Messages between agents: persisted first, then put into the recipient's inbox; the sender learns what became of it.

Owns addressing; the queues that people edit are in ``queues``. Other parts of the team write their envelopes with ``write`` inside
their own transactions and ``deliver`` them after the commit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import nearest
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import Envelope, EnvelopeKind, Priority
from loomkin_jupyter.core.ports import Caller, Receipt
from loomkin_jupyter.core.signals import DiscoveryShared, MessageSent
from loomkin_jupyter.runtime.uninterrupted import uninterrupted
from loomkin_jupyter.store import inbox as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.queues import Queues
from loomkin_jupyter.teams.roster import DEAD, Roster

USER = "user"
TO_ALL = frozenset({"team", "all", "*", "everyone", "siblings"})
THRESHOLD = 0.3
_WORD = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{2,}")
_PATH = re.compile(r"[\w./-]+\.[a-zA-Z]\w{0,6}")
_COMMON = frozenset(
    {
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "from",
        "are",
        "was",
        "has",
        "have",
        "not",
        "but",
        "all",
        "you",
        "your",
        "its",
        "can",
        "will",
        "into",
        "than",
    }
)
_AFFINITY: dict[str, frozenset[str]] = {
    "warning": frozenset({"lead", "reviewer", "tester"}),
    "blocker": frozenset({"lead"}),
    "bug": frozenset({"coder", "tester", "lead"}),
    "data": frozenset({"analyst", "lead"}),
}


class Comms:
    """The team's post office."""

    def __init__(self, store: Store, clock: Clock, roster: Roster) -> None:
        self._store = store
        self._clock = clock
        self._roster = roster
        self.queues = Queues(store, roster)
        self.topics_of: Callable[[str], list[str]] = lambda name: []
        self.later: Callable[[Envelope, float], None] = lambda envelope, due: None

    # --- for the other parts of the team ------------------------------------------------------------------------------

    def envelope(
        self,
        to: str,
        text: str,
        *,
        sender: str = "loomkin",
        kind: EnvelopeKind = "notice",
        priority: Priority = "normal",
        task: str = "",
        run: str = "",
        due: float | None = None,
    ) -> Envelope:
        """Return a new envelope."""
        return Envelope(
            id=new_id("msg"), to=to, sender=sender, kind=kind, text=text, priority=priority, task=task, run=run,
            time=self._clock.now(), due=due, trusted=sender in (USER, "loomkin"),
        )  # fmt: skip

    def write(self, tx: Tx, envelopes: Iterable[Envelope]) -> None:
        """Persist envelopes and tell of them, inside somebody's transaction."""
        for envelope in envelopes:
            if envelope.to != USER:
                rows.add(tx, self._roster.team, envelope)
            tx.emit(
                MessageSent(
                    message=envelope.id, sender=envelope.sender, to=envelope.to, kind=envelope.kind, text=envelope.text,
                    priority=envelope.priority, task=envelope.task, due=envelope.due, team=self._roster.team,
                    agent=envelope.sender if envelope.sender in self._roster.agents else envelope.to,
                    run=envelope.run, time=envelope.time,
                )
            )  # fmt: skip

    def deliver(self, envelopes: Iterable[Envelope]) -> None:
        """Put committed envelopes into their recipients' inboxes."""
        for envelope in envelopes:
            agent = self._roster.agents.get(envelope.to)
            if agent is not None:
                agent.inbox.put(envelope)
                if envelope.due is not None:
                    self.later(envelope, envelope.due)

    async def post(self, envelopes: Sequence[Envelope]) -> None:
        """Write and deliver."""
        if envelopes:
            await self._send(lambda tx: self.write(tx, envelopes), envelopes)

    async def _send(self, work: Callable[[Tx], None], envelopes: Sequence[Envelope]) -> None:
        async def both() -> None:
            await self._store.transact(work)
            self.deliver(envelopes)

        await uninterrupted(both())

    # --- CommsPort ----------------------------------------------------------------------------------------------------

    async def send(
        self,
        sender: str,
        to: str,
        text: str,
        *,
        kind: EnvelopeKind = "message",
        priority: Priority = "normal",
        task: str = "",
        run: str = "",
        effect: tuple[str, str] | None = None,
    ) -> Receipt:
        """Persist, then deliver; the receipt says what became of it."""
        recipients = self._recipients(sender, to)
        if recipients is None:
            return Receipt(
                "unknown", note=f"Nobody is called {to!r}.{nearest(to, self.names())} Known: {', '.join(self.names())}."
            )
        if not recipients:
            return Receipt("unknown", note="There is nobody else in the team.")
        envelopes = [
            self.envelope(one, text, sender=sender, kind=kind, priority=priority, task=task, run=run)
            for one in recipients
        ]

        def work(tx: Tx) -> None:
            self.write(tx, envelopes)
            if effect is not None:
                tx.effect(*effect)

        receipts = [self.receipt(one) for one in recipients]
        await self._send(work, envelopes)
        return receipts[0] if len(receipts) == 1 else _together(recipients, receipts)

    async def discover(self, caller: Caller, content: str, kind: str) -> list[str]:
        """Tell the teammates it concerns; nobody concerned: the lead. Blockers and warnings reach the lead always."""
        others = [agent.name for agent in self._roster.living() if agent.name != caller.agent]
        concerned = [name for name in others if self._relevance(name, content, kind) >= THRESHOLD]
        lead = self._roster.lead
        if lead in others and lead not in concerned and (not concerned or kind in ("blocker", "warning")):
            concerned.append(lead)
        envelopes = [
            self.envelope(name, content, sender=caller.agent, kind="discovery", task=caller.task, run=caller.run)
            for name in concerned
        ]
        signal = DiscoveryShared(
            content=content,
            kind=kind,
            to=concerned,
            team=caller.team,
            agent=caller.agent,
            run=caller.run,
            cause=caller.call,
        )

        def work(tx: Tx) -> None:
            self.write(tx, envelopes)
            tx.emit(signal)
            tx.effect(caller.call, f"Shared with {', '.join(concerned) or 'nobody: there is no teammate'}.")

        await self._send(work, envelopes)
        return concerned

    def names(self) -> list[str]:
        """Return every address of the team."""
        return [*self._roster.agents, USER]

    # --- how --------------------------------------------------------------------------------------------------------

    def _recipients(self, sender: str, to: str) -> list[str] | None:
        """Return who ``to`` means: one name, or everybody else; None when nobody is called that."""
        name = to.strip().removeprefix("@").removeprefix(f"{self._roster.team}/")
        if name in TO_ALL:
            return [agent.name for agent in self._roster.living() if agent.name != sender]
        return [name] if name == USER or name in self._roster.agents else None

    def receipt(self, to: str) -> Receipt:
        """Return what becomes of a message to ``to`` that is sent now."""
        if to == USER:
            return Receipt("delivered", note="The user sees it in the feed; no answer is waited for.")
        agent = self._roster.agents[to]
        status, ahead = agent.state.status, len(agent.inbox)
        if status in DEAD:
            return Receipt("dead", ahead, f"{to} is {status}; the message is kept, nobody will read it now.")
        if status == "paused":
            return Receipt("paused", ahead, f"{to} is paused and reads it when it goes on.")
        return Receipt("delivered") if status == "idle" and not ahead else Receipt("queued", ahead)

    def _relevance(self, name: str, content: str, kind: str) -> float:
        """Return 0–1 from shared words, named files and the role's affinity to the kind."""
        agent = self._roster.agents[name]
        known = " ".join([agent.spec.purpose, *self.topics_of(name)])
        ours, theirs = _words(content), _words(known)
        words = len(ours & theirs) / max(min(len(ours), len(theirs)), 1)
        files = 1.0 if set(_PATH.findall(content)) & set(_PATH.findall(known)) else 0.0
        role = 1.0 if agent.own_role.name in _AFFINITY.get(kind, frozenset()) else 0.0
        return 0.5 * words + 0.3 * files + 0.2 * role


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)} - _COMMON


def _together(names: Sequence[str], receipts: Sequence[Receipt]) -> Receipt:
    """Return one receipt for a broadcast: delivered when every one was."""
    states = {receipt.state for receipt in receipts}
    note = ", ".join(f"{name}: {receipt.state}" for name, receipt in zip(names, receipts, strict=True))
    state = "delivered" if states == {"delivered"} else "queued" if "dead" not in states else "dead"
    return Receipt(state, max(receipt.ahead for receipt in receipts), note)
