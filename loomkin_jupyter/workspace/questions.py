"""Questions to people: asked once, seen everywhere, answered by whoever is first (the HumanPort).

Invariants: the waiter is registered before the question is published; an answer is committed before anybody hears it;
an unknown or closed id is refused; a time-out, a stop and an empty room are *no*. Lives on the portal's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import LoomkinError, StoreError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.store import questions as rows
from loomkin_jupyter.store.store import Store, Tx

CHOICES = ("allow_once", "allow_run", "always", "deny")
_ASKED_AGAIN_S = 10.0


class _Waiting:
    """One open question and who waits for it (several tool calls may share it)."""

    def __init__(self, key: str, handle: str, question: Question) -> None:
        self.key = key
        self.handle = handle
        self.question = question
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiters = 0
        self.closing = False

    @property
    def open(self) -> bool:
        """Whether it is published (it has a handle then) and waits for an answer."""
        return bool(self.handle) and not self.closing


class Questions:
    """Asks and hears answers; owns every open question of this process."""

    def __init__(self, store: Store, clock: Clock, attended: Callable[[], bool]) -> None:
        self._store = store
        self._clock = clock
        self._attended = attended
        self._open: dict[str, _Waiting] = {}
        self._asking = asyncio.Lock()
        self._resumed: set[str] = set()
        self._asked_again = asyncio.Event()

    def expect(self, run: str) -> None:
        """Know a run that goes on after a restart: what an earlier process asked for it will be asked again."""
        self._resumed.add(run)

    async def ask(self, question: Question) -> Answer:
        """Return the first answer from any face; *no* at once when nobody can answer."""
        waiting = await self._publish(question)
        waiting.waiters += 1
        if not self._attended():
            await self._close(waiting, _nobody(question))
        timer = asyncio.ensure_future(self._time_out(waiting)) if question.timeout_s is not None else None
        try:
            return await asyncio.shield(waiting.future)
        except asyncio.CancelledError:
            if waiting.waiters == 1 and not waiting.future.done():
                await asyncio.shield(self._withdraw(waiting))
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
        if waiting is None and self._asking.locked():
            # Its signal is out a moment before we know its handle: whoever answers at once waits for that moment.
            async with self._asking:
                waiting = self._find(question)
        waiting = waiting or await self._of_before(question)
        if waiting is None:
            names = ", ".join(w.handle for w in self._open.values() if w.open)
            remedy = f"Open questions: {names}." if names else "Nothing waits for an answer now."
            raise LoomkinError(f"{question or 'That'} is not an open question.", remedy)
        self._check(waiting, answer)
        await self._close(waiting, answer)
        return waiting.handle

    def open(self) -> list[tuple[str, Question]]:
        """Return (handle, question) of everything that waits for a person, oldest first."""
        return [(w.handle, w.question) for w in self._open.values() if w.open]

    async def close_all(self, *, run: str = "", agent: str = "", reason: str = "The run was stopped.") -> None:
        """Answer *no* to every open question of a run or an agent ('' means any).

        Those of a run that an earlier process asked, and that nobody has asked again, are closed too.
        """
        for waiting in list(self._open.values()):
            matches = (not run or waiting.question.run == run) and (not agent or waiting.question.agent == agent)
            if matches and waiting.open:
                await self._close(waiting, Answer(choice="deny", by="stop", reason=reason))
        if run:
            self._resumed.discard(run)
            for kept in await self._store.read(rows.open_questions):
                if kept.question.run == run and kept.id not in self._open:
                    orphan = _Waiting(kept.id, kept.handle, kept.question)
                    await self._close(orphan, Answer(choice="deny", by="stop", reason=reason))

    def statistics(self) -> dict[str, int]:
        """Return how many questions are open and how many calls wait for them."""
        return {"open": len(self._open), "waiting": sum(w.waiters for w in self._open.values())}

    async def _publish(self, question: Question) -> _Waiting:
        # One at a time: two equal questions asked together become one.
        async with self._asking:
            same = next((w for w in self._open.values() if w.question == question and not w.closing), None)
            if same is not None:
                return same
            waiting = _Waiting(new_id("question"), "", question)
            self._open[waiting.key] = waiting
            try:
                await self._keep(waiting)
            except BaseException:
                # Nobody will wait for it: a cancelled asker or a failed store leaves no question behind.
                self._open.pop(waiting.key, None)
                raise
            self._asked_again.set()
            return waiting

    async def _keep(self, waiting: _Waiting) -> None:
        """Commit the question and say that it was asked, in one transaction.

        After a restart an agent asks again what it was waiting for, in a new call: the question keeps the id under
        which people saw it.
        """
        question = waiting.question
        deadline = None if question.timeout_s is None else self._clock.now() + question.timeout_s
        taken = set(self._open)

        def work(tx: Tx) -> tuple[str, str]:
            again = [k for k in rows.open_questions(tx.conn, question.team) if _again(k.question, question)]
            kept = next((k for k in again if k.id not in taken), None)
            key, handle = (kept.id, kept.handle) if kept else (waiting.key, tx.handle("Q"))
            if kept is None:
                rows.add(tx, key, handle, question)
            tx.emit(_asked(key, handle, question, deadline))
            return key, handle

        transaction = asyncio.ensure_future(self._store.transact(work))
        try:
            key, waiting.handle = await asyncio.shield(transaction)
        except asyncio.CancelledError:
            waiting.key, waiting.handle = await transaction
            await self._withdraw(waiting)
            raise
        if key != waiting.key:
            del self._open[waiting.key]
            waiting.key = key
            self._open[key] = waiting

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

    async def _withdraw(self, waiting: _Waiting) -> None:
        """Close the question of an asker that was cancelled."""
        try:
            await self._close(waiting, Answer(choice="deny", by="stop", reason="The agent was stopped."))
        except StoreError:
            return  # the cancelled one goes on to end; the failure is told by whoever writes next

    async def _time_out(self, waiting: _Waiting) -> None:
        assert waiting.question.timeout_s is not None
        await self._clock.sleep(waiting.question.timeout_s)
        minutes = waiting.question.timeout_s / 60
        text = f"Nobody answered within {minutes:.3g} minutes, which counts as no."
        try:
            await self._close(waiting, Answer(choice="deny", by="timeout", reason=text))
        except StoreError:
            return  # whoever waits has the answer and will meet the store's failure itself

    def _find(self, question: str) -> _Waiting | None:
        wanted = question.strip()
        for waiting in self._open.values():
            if waiting.open and (waiting.key == wanted or waiting.handle.lower() == wanted.lower()):
                return waiting
        return None

    async def _of_before(self, question: str) -> _Waiting | None:
        """Return a question of an earlier process once its agent has asked it again; None when there is none.

        :raises LoomkinError: when its run does not go on.
        """
        wanted = question.strip()
        kept = next(
            (
                k
                for k in await self._store.read(rows.open_questions)
                if wanted.lower() in (k.id.lower(), k.handle.lower())
            ),
            None,
        )
        if kept is None:
            return self._find(question)
        if kept.question.run not in self._resumed and self._find(question) is None:
            raise LoomkinError(
                f"{kept.handle} was asked before the process ended, and nobody waits for it now.",
                "%loomkin resume (or loomkin resume) goes on with the run; then answer it.",
            )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ASKED_AGAIN_S):
                while self._find(question) is None:
                    self._asked_again.clear()
                    await self._asked_again.wait()
        return self._find(question)

    def _check(self, waiting: _Waiting, answer: Answer) -> None:
        question = waiting.question
        if question.kind == "question":
            if not answer.choice.strip() or (answer.allowed and answer.choice not in question.options):
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


def _asked(key: str, handle: str, question: Question, deadline: float | None) -> s.QuestionAsked:
    return s.QuestionAsked(
        question=key,
        handle=handle,
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


def _again(kept: Question, question: Question) -> bool:
    """Return whether ``question`` asks what ``kept`` asked, in the same call or in one of its own."""
    if question.call and all(
        getattr(kept, n) == getattr(question, n) for n in ("call", "kind", "agent", "run", "tool")
    ):
        return True
    names = ("kind", "agent", "run", "tool", "title", "detail")
    return all(getattr(kept, name) == getattr(question, name) for name in names)


def _nobody(question: Question) -> Answer:
    remedy = {
        "spawn": "Run with --trust autonomous to let the lead spawn within the budget.",
        "release": "Run with --share sample to let output of code reach the model.",
        "budget": "Run with a higher --budget.",
        "question": "Decide yourself and say which assumption you made.",
    }.get(question.kind, "Run with --trust autonomous or full, or allow it in LOOMKIN.md.")
    return Answer(choice="deny", by="nobody", reason=f"Nobody is there to answer. {remedy}")
