"""The release gate: output of code that can reach data goes to a model only after the user released it, once per run.

Owns which runs were released. Without a person the answer is no, and the text names ``--share sample``.
"""

from __future__ import annotations

import asyncio

import msgspec

from loomkin_jupyter.core.ports import Answer, HumanPort, Question
from loomkin_jupyter.core.signals import PermissionDecided
from loomkin_jupyter.policy.audit import note
from loomkin_jupyter.policy.sharing import View
from loomkin_jupyter.store.store import Store

RULE = "release"


class Release(msgspec.Struct, frozen=True):
    """Whether output may go to the model, and what the model reads instead when not."""

    allowed: bool
    instead: str = ""


class ReleaseGate:
    """Asks once per run and remembers the answer; runs on the loop only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._answers: dict[str, asyncio.Future[Answer]] = {}

    async def release(
        self,
        *,
        run: str,
        team: str,
        agent: str,
        tool: str,
        call: str,
        model: str,
        sample: str,
        view: View,
        human: HumanPort,
    ) -> Release:
        """Return whether ``tool``'s output may be sent; ``sample`` is its beginning, shown to the person who decides."""
        if view.values:
            return Release(True)
        answering = self._answers.get(run)
        if answering is None or answering.cancelled():
            answering = asyncio.ensure_future(human.ask(_question(run, team, agent, tool, call, model, sample)))
            self._answers[run] = answering
        try:
            answer = await asyncio.shield(answering)
        except Exception:
            self._answers.pop(run, None)  # the question failed, not the person: the next output asks again
            raise
        await self._record(answer, run=run, team=team, agent=agent, tool=tool, call=call)
        if answer.by == "timeout":
            self._answers.pop(run, None)  # nobody said no: the next output may ask again
        return Release(True) if answer.allowed else Release(False, _instead(tool, answer))

    def end_run(self, run: str) -> None:
        """Forget the answer of a finished run."""
        self._answers.pop(run, None)

    async def _record(self, answer: Answer, *, run: str, team: str, agent: str, tool: str, call: str) -> None:
        signal = PermissionDecided(
            call=call,
            tool=tool,
            target="output for the model",
            allowed=answer.allowed,
            rule=f"{RULE}: {answer.choice} by {answer.by}",
            reason=answer.reason,
            run=run,
            team=team,
            agent=agent,
        )
        await self._store.transact(lambda tx: note(tx, signal))


def _question(run: str, team: str, agent: str, tool: str, call: str, model: str, sample: str) -> Question:
    return Question(
        kind="release",
        title=f"Send the output of {tool} to {model or 'the model'}?",
        detail=sample[:2_000],
        effect="Output may hold values of your data. A yes holds for the rest of this run.",
        options=("allow_run", "deny"),
        agent=agent,
        team=team,
        run=run,
        tool=tool,
        call=call,
        reversible=False,
    )


def _instead(tool: str, answer: Answer) -> str:
    if answer.by == "nobody":
        return (
            f"[the output of {tool} is not shown: it may hold values of the user's data and nobody is here to release it. "
            "--share sample allows it. Work with schemas and statistics instead.]"
        )
    said = f" The user says: {answer.reason}" if answer.reason else ""
    return f"[the output of {tool} is not shown: the user did not release it. Work with schemas and statistics instead.]{said}"
