"""Questions to people: asked once, seen everywhere, answered by whoever is first (the HumanPort).

Invariants: the waiter is registered before the question is published; an answer is committed before anybody hears it;
an unknown or closed id is refused; a time-out, a stop and an empty room are *no*. Lives on the portal's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.store import questions as rows
from loomkin_jupyter.store.store import Store, Tx

CHOICES = ("allow_once", "allow_run", "always", "deny")


class _Waiting:
    """One open question and who waits for it (several tool calls may share it)."""

    def __init__(self, key: str, handle: str, question: Question) -> None:
        self.key = key
        self.handle = handle
        self.question = question
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiters = 0
        self.closing = False


class Questions:
    """Asks and hears answers; owns every open question of this process."""

    def __init__(self, store: Store, clock: Clock, attended: Callable[[], bool]) -> None:
        self._store = store
        self._clock = clock
        self._attended = attended
        self._open: dict[str, _Waiting] = {}
        self._asking = asyncio.Lock()

    async def ask(self, question: Question) -> Answer:
        """Return the first answer from any face; *no* at once when nobody can answer."""
        waiting = await self._publish(question)
        if not self._attended():
            await self._close(waiting, _nobody(question))
        waiting.waiters += 1
        timer = asyncio.ensure_future(self._time_out(waiting)) if question.timeout_s is not None else None
        try:
            return await asyncio.shield(waiting.future)
        except asyncio.CancelledError:
            if waiting.waiters == 1 and not waiting.future.done():
                await asyncio.shield(
                    self._close(waiting, Answer(choice="deny", by="stop", reason="The agent was stopped."))
                )
            raise
        finally:
            waiting.waiters -= 1
            if timer is not None:
                timer.cancel()

    async def answer(self, question: str, answer: Answer) -> str:
        """Take an answer for ``question`` (id or handle); return the handle once it is committed.

        :raises LoomkinError: when there is no such open question or the choice is none of its options.
        """
        waiting = self._find(question)
        if waiting is None:
            names = ", ".join(w.handle for w in self._open.values() if not w.closing) or "none"
            raise LoomkinError(f"{question or 'That'} is not an open question.", f"Open questions: {names}.")
        self._check(waiting, answer)
        await self._close(waiting, answer)
        return waiting.handle

    def open(self) -> list[tuple[str, Question]]:
        """Return (handle, question) of everything that waits for a person, oldest first."""
        return [(w.handle, w.question) for w in self._open.values() if not w.closing]

    async def close_orphans(self, team: str) -> list[str]:
        """Answer *no* to questions of an earlier process that nobody waits for any more; return their handles.

        Called when a resumed team has asked again whatever it still wants to know.
        """
        kept = await self._store.read(lambda conn: rows.open_questions(conn, team))
        orphans = [k for k in kept if k.id not in self._open]
        for orphan in orphans:
            waiting = _Waiting(orphan.id, orphan.handle, orphan.question)
            await self._close(waiting, Answer(choice="deny", by="stop", reason="The process that asked has ended."))
        return [orphan.handle for orphan in orphans]

    async def close_all(self, *, run: str = "", agent: str = "", reason: str = "The run was stopped.") -> None:
        """Answer *no* to every open question of a run or an agent ('' means any)."""
        for waiting in list(self._open.values()):
            matches = (not run or waiting.question.run == run) and (not agent or waiting.question.agent == agent)
            if matches and not waiting.closing:
                await self._close(waiting, Answer(choice="deny", by="stop", reason=reason))

    def statistics(self) -> dict[str, int]:
        """Return how many questions are open and how many calls wait for them."""
        return {"open": len(self._open), "waiting": sum(w.waiters for w in self._open.values())}

    async def _publish(self, question: Question) -> _Waiting:
        # One at a time: two equal questions asked together become one.
        async with self._asking:
            same = next((w for w in self._open.values() if _same(w.question, question) and not w.closing), None)
            if same is not None:
                return same
            deadline = None if question.timeout_s is None else self._clock.now() + question.timeout_s
            key = new_id("question")

            def work(tx: Tx) -> tuple[str, str]:
                # After a resume the same call asks again: it keeps the id under which people saw it.
                for kept in rows.open_questions(tx.conn, question.team) if question.call else ():
                    if (kept.question.call, kept.question.kind) == (question.call, question.kind):
                        return kept.id, kept.handle
                handle = tx.handle("Q")
                rows.add(tx, key, handle, question)
                return key, handle

            waiting = _Waiting(key, "", question)
            self._open[key] = waiting
            found, handle = await self._store.transact(work)
            if found != key:
                del self._open[key]
                waiting.key = found
                self._open[found] = waiting
            waiting.handle = handle
            await self._store.transact(lambda tx: tx.emit(_asked(waiting, deadline)))
            return waiting

    async def _close(self, waiting: _Waiting, answer: Answer) -> None:
        if waiting.closing:
            return
        waiting.closing = True

        def work(tx: Tx) -> None:
            rows.answer(tx, waiting.key, answer)
            tx.emit(
                s.QuestionAnswered(
                    question=waiting.key,
                    handle=waiting.handle,
                    answer=answer.choice,
                    by=answer.by,
                    where=answer.where,
                    reason=answer.reason,
                    team=waiting.question.team,
                    run=waiting.question.run,
                    agent=waiting.question.agent,
                )
            )

        try:
            await self._store.transact(work)
        finally:
            self._open.pop(waiting.key, None)
            if not waiting.future.done():
                waiting.future.set_result(answer)

    async def _time_out(self, waiting: _Waiting) -> None:
        assert waiting.question.timeout_s is not None
        await self._clock.sleep(waiting.question.timeout_s)
        minutes = waiting.question.timeout_s / 60
        text = f"Nobody answered within {minutes:.3g} minutes, which counts as no."
        await self._close(waiting, Answer(choice="deny", by="timeout", reason=text))

    def _find(self, question: str) -> _Waiting | None:
        wanted = question.strip()
        for waiting in self._open.values():
            if not waiting.closing and (waiting.key == wanted or waiting.handle.lower() == wanted.lower()):
                return waiting
        return None

    def _check(self, waiting: _Waiting, answer: Answer) -> None:
        question = waiting.question
        if question.kind == "question":
            if not answer.choice.strip():
                raise LoomkinError(f"{waiting.handle} wants an answer in words.", "Choose an option or write one.")
            return
        if answer.choice not in CHOICES:
            raise LoomkinError(
                f"{answer.choice!r} is no answer to {waiting.handle}.", f"Answer with one of {', '.join(CHOICES)}."
            )
        if answer.choice == "always":
            if not question.scopes:
                raise LoomkinError(f"{waiting.handle} cannot be allowed always.", "Allow it once or for this run.")
            if answer.scope not in question.scopes:
                raise LoomkinError(
                    f"{answer.scope!r} is no scope of {waiting.handle}.",
                    f"Choose one of: {'; '.join(question.scopes)}.",
                )


def _asked(waiting: _Waiting, deadline: float | None) -> s.QuestionAsked:
    question = waiting.question
    return s.QuestionAsked(
        question=waiting.key,
        handle=waiting.handle,
        kind=question.kind,
        title=question.title,
        detail=question.detail,
        effect=question.effect,
        options=list(question.options),
        deadline=deadline,
        tool=question.tool,
        scopes=list(question.scopes),
        reversible=question.reversible,
        team=question.team,
        run=question.run,
        agent=question.agent,
        cause=question.call,
    )


def _same(one: Question, other: Question) -> bool:
    return one == other


def _nobody(question: Question) -> Answer:
    remedy = {
        "spawn": "Run with --trust autonomous to let the lead spawn within the budget.",
        "release": "Run with --share sample to let output of code reach the model.",
        "budget": "Run with a higher --budget.",
        "question": "Decide yourself and say which assumption you made.",
    }.get(question.kind, "Run with --trust autonomous or full, or allow it in LOOMKIN.md.")
    return Answer(choice="deny", by="nobody", reason=f"Nobody is there to answer. {remedy}")
