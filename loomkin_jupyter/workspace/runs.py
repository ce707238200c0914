"""Requests: begun with their terms, ended once with their account, found again after a kill.

Owns the rows of runs, each run's policy and models, and who waits for its end. A run's cost is the sum of the ledger's
rows of that run, read in the transaction that ends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.agents.roles import Role
from loomkin_jupyter.core import signals as s
from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.status import RunStatus
from loomkin_jupyter.core.usage import NANO, dollars
from loomkin_jupyter.models.tiers import Tiers
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.store import ledger
from loomkin_jupyter.store import runs as rows
from loomkin_jupyter.store.runs import RunRecord
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.tables.decisions import nodes
from loomkin_jupyter.store.tables.tasks import tasks
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.workspace.options import RunOptions


class Run:
    """One request on its way. ``wait`` may be called by any number of readers on the loop.

    ``account`` is there once its end is committed, ``finished`` once everybody may know.
    """

    def __init__(self, record: RunRecord, options: RunOptions, policy: RunPolicy, tiers: Tiers) -> None:
        self.id = record.id
        self.team = record.team
        self.request = record.request
        self.record = record
        self.options = options
        self.policy = policy
        self.tiers = tiers
        self.account: s.RunFinished | None = None
        self.finished: s.RunFinished | None = None
        self._ended = asyncio.Event()

    @property
    def status(self) -> str:
        """``running``, or how it ended."""
        return "running" if self.finished is None else self.finished.status

    async def wait(self) -> s.RunFinished:
        """Return the account of the run once it has ended."""
        await self._ended.wait()
        assert self.finished is not None
        return self.finished

    def end(self, finished: s.RunFinished) -> None:
        """Let those who wait go on; only ``Runs`` calls it."""
        self.finished = finished
        self._ended.set()


class Runs:
    """The requests of this process, and those of earlier ones that a resume takes up."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        tiers_for: Callable[[str], Tiers],
        defaults: Callable[[RunOptions], RunPolicy],
    ) -> None:
        self._store = store
        self._clock = clock
        self._tiers_for = tiers_for
        self._defaults = defaults
        self._runs: dict[str, Run] = {}

    def new(self, request: str, options: RunOptions, limit_usd: float | None, limit_tokens: int | None) -> Run:
        """Return a run that is not begun yet: its id, policy and models are settled here.

        :raises LoomkinError: for an empty request or a model that nobody knows.
        """
        if not request.strip():
            raise UsageError("The request is empty.", "Write what the team should do.")
        policy, tiers = self._defaults(options), self._tiers_for(options.model)
        run = options.id or new_id("run")
        record = RunRecord(
            id=run,
            team=options.team,
            request=request.strip(),
            model=tiers.default,
            trust=policy.preset,
            share=policy.share,
            limit_nano=None if limit_usd is None else round(limit_usd * NANO),
            limit_tokens=limit_tokens,
            origin=options.origin,
            cell=options.cell,
            options=msgspec.to_builtins(options),
            labels=list(options.labels),
        )
        return Run(record, options, msgspec.structs.replace(policy, run=run, model=tiers.default), tiers)

    def write(self, tx: Tx, run: Run) -> None:
        """Begin the run within somebody's transaction."""
        record = rows.begin(tx, run.record)
        run.record = record
        tx.emit(
            s.RunStarted(
                request=record.request,
                model=record.model,
                trust=record.trust,
                share=record.share,
                limit_usd=None if record.limit_nano is None else record.limit_nano / NANO,
                limit_tokens=record.limit_tokens,
                origin=record.origin,
                cell=record.cell,
                labels=record.labels,
                team=record.team,
                run=record.id,
            )
        )

    def add(self, run: Run) -> None:
        """Know a run from now on."""
        self._runs[run.id] = run

    def drop(self, run: str) -> None:
        """Forget a run that could not begin."""
        self._runs.pop(run, None)

    def get(self, run: str) -> Run | None:
        """Return a run of this process, or None."""
        return self._runs.get(run)

    def current(self, team: str = "") -> list[Run]:
        """Return the runs that have not ended, oldest first."""
        return [r for r in self._runs.values() if r.finished is None and (not team or r.team == team)]

    def latest(self) -> Run | None:
        """Return the newest run of this process."""
        return next(reversed(self._runs.values()), None)

    async def interrupted(self, team: str) -> list[RunRecord]:
        """Return the runs of an earlier process that never ended, oldest first."""
        found = await self._store.read(lambda conn: rows.running(conn, team))
        return [record for record in found if record.id not in self._runs]

    def revive(self, record: RunRecord) -> Run:
        """Return an interrupted run under the terms it was given; ``add`` makes it known."""
        options = msgspec.convert(record.options, RunOptions)
        policy = msgspec.convert(
            {"run": record.id, "preset": record.trust, "share": record.share, "model": record.model}, RunPolicy
        )
        return Run(record, options, policy, self._tiers_for(options.model or record.model))

    async def finish(self, run: str, team: str, status: RunStatus, answer: str, reason: str) -> s.RunFinished | None:
        """Commit the end of a run; None when it had ended already. Who waits for it hears of it by ``told``."""

        def work(tx: Tx) -> s.RunFinished | None:
            record = rows.get(tx.conn, run)
            if record is None:
                return None
            finished = _account(tx.conn, record, status, answer, reason, tx.time)
            closed = rows.finish(
                tx,
                run,
                status,
                answer=answer,
                reason=reason,
                cost_nano=None if finished.cost_usd is None else round(finished.cost_usd * NANO),
                tokens=finished.tokens,
                agents=finished.agents,
            )
            if not closed:
                return None
            tx.emit(finished)
            return finished

        finished = await self._store.transact(work)
        known = self._runs.get(run)
        if known is not None and finished is not None:
            known.account = finished
        return finished

    def told(self, run: str) -> None:
        """Let those go on who wait for the end of a run: everything of it has been committed and published.

        May be called again by whoever ends a run a second time after a failure: the account that was committed holds.
        """
        known = self._runs.get(run)
        if known is not None and known.account is not None and known.finished is None:
            known.end(known.account)

    def policy_of(self, run: str) -> RunPolicy:
        """Return the policy of a run; an unknown one gets the strictest terms, never somebody else's."""
        known = self._runs.get(run)
        return known.policy if known is not None else RunPolicy(run=run, preset="strict", share="schema")

    def model_of(self, role: Role, run: str) -> str:
        """Return the model of a role's tier in a run."""
        known = self._runs.get(run)
        tiers = known.tiers if known is not None else self._tiers_for("")
        return tiers.model(role.tier)

    def statistics(self) -> Mapping[str, int]:
        """Return how many runs there were and how many go on."""
        return {"runs": len(self._runs), "running": len(self.current())}


def _account(
    conn: sa.Connection, record: RunRecord, status: RunStatus, answer: str, reason: str, now: float
) -> s.RunFinished:
    nano, tokens = ledger.spent(conn, run=record.id)
    made = sa.select(sa.func.count()).select_from(nodes).where(nodes.c.run == record.id)
    planned = sa.select(sa.func.count()).select_from(tasks).where(tasks.c.run == record.id)
    busy = ledger.agents_of(conn, record.id)
    return s.RunFinished(
        status=status,
        answer=answer,
        cost_usd=dollars(nano),
        tokens=tokens,
        agents=busy,
        tasks=conn.execute(planned).scalar_one(),
        decisions=conn.execute(made.where(nodes.c.auto.is_(False))).scalar_one(),
        duration_s=round(now - record.started, 3),
        reason=reason,
        team=record.team,
        run=record.id,
    )
