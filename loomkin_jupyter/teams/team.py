"""A team: its parts put together, opened and closed; its requests, from the asking to the outcome.

Everything it acknowledges is committed, so ``load`` finds it again. Agents are made in ``seats``, steered in ``levers``,
ended in ``endings``; what they know of their team is ``own_team``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from loomkin_jupyter.agents.kit import Kit
from loomkin_jupyter.core.messages import JsonObject, Priority
from loomkin_jupyter.core.signals import TeamStarted
from loomkin_jupyter.runtime.supervisor import Supervisor
from loomkin_jupyter.store import agents as rows
from loomkin_jupyter.store import inbox, runs
from loomkin_jupyter.store.agents import TeamRecord
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.alarms import Alarms
from loomkin_jupyter.teams.carried import CarriedRuns
from loomkin_jupyter.teams.claims import Claims, symbol_lines
from loomkin_jupyter.teams.comms import USER, Comms
from loomkin_jupyter.teams.context import Desk
from loomkin_jupyter.teams.doubts import Doubts
from loomkin_jupyter.teams.endings import GRACE_S, Endings
from loomkin_jupyter.teams.levers import Levers
from loomkin_jupyter.teams.own_team import OwnTeam
from loomkin_jupyter.teams.quiet import Quiet, RunOutcome
from loomkin_jupyter.teams.roster import Roster
from loomkin_jupyter.teams.seats import Seats
from loomkin_jupyter.teams.spawn import Spawn
from loomkin_jupyter.teams.tasks import Tasks


class Loaded(msgspec.Struct, frozen=True):
    """What was found in the store: names of agents, handles of open tasks, runs that had not ended."""

    agents: list[str]
    tasks: list[str]
    runs: list[str]


async def _nothing(outcome: RunOutcome) -> None:
    """The default of ``ended``."""


class Team:
    """One team. Make it and ``open`` it; then ``ask`` and wait for the ``outcome``.

    ``ended`` is awaited with each outcome before anybody who waits for it hears of it. After a restart nothing goes on
    with an unfinished run until it is taken up by ``follow``, or given up by ``abandon``.
    """

    def __init__(
        self, name: str, kit: Kit, *, purpose: str = "", ended: Callable[[RunOutcome], Awaitable[None]] = _nothing
    ) -> None:
        services = kit.services
        self._name = name
        self._purpose = purpose
        self._ended = ended
        self.kit = kit
        self.store = services.store
        self.roster = Roster(name)
        self._carried = CarriedRuns()
        self._alarms = Alarms(kit.schedule, self.roster)
        self.comms = Comms(services.store, services.clock, self.roster)
        self.tasks = Tasks(services.store, kit.root, self.roster, self.comms)
        self.claims = Claims(
            services.store, services.clock, name, lambda path, symbol: symbol_lines(services.confinement, path, symbol)
        )
        self.quiet = Quiet(self.roster, self.tasks, self.comms, self._run_ended)
        self.endings = Endings(
            services.store, services.publish, self.roster, self.tasks, self.claims, self.comms,
            lambda: self.quiet.run, self.quiet.touch,
        )  # fmt: skip
        self._supervisor = Supervisor(
            name,
            clock=services.clock,
            most_restarts=int(services.setting("supervision.restarts")),
            window_s=float(services.setting("supervision.window_s")),
            on_restart=self.endings.restarted,
            on_failed=self.endings.failed,
        )
        self.seats = Seats(kit, self.roster, self.comms, self._supervisor)
        self.growth = Spawn(kit, self.roster, self.tasks, self.seats.start)
        self.levers = Levers(services.clock, self.roster, self.comms, self.endings, self.quiet)
        self.doubts = Doubts(services.graph, kit.bus, self.roster, self.comms)
        self.desk = Desk(kit, self.roster, self.tasks, self.comms, self.claims, self.growth)
        self.own_team = OwnTeam(
            kit, purpose, self.roster, self.tasks, self.comms, self.quiet, self._carried, self.endings, self.desk
        )
        self._connect()

    def _connect(self) -> None:
        """Tell parts of those that were made after them."""
        self.seats.own_team = self.own_team
        self.endings.supervisor = self._supervisor
        self.tasks.changed = self.quiet.touch
        self.comms.later = self._alarms.set
        self.comms.topics_of = self._topics
        self.quiet.cleared = self.wake_all
        self.quiet.broken = lambda failed: self.endings.stand_still("the end of a run", failed)

    @property
    def name(self) -> str:
        """The team's name."""
        return self._name

    # --- opening and closing ------------------------------------------------------------------------------------------

    async def open(self) -> Loaded:
        """Load and start."""
        found = await self.load()
        await self.start()
        return found

    async def load(self) -> Loaded:
        """Take agents, plan, claims and queues from the store; nothing runs until ``start``."""
        found = await self.store.read(lambda conn: rows.of_team(conn, self._name))
        await self.tasks.load()
        await self.claims.load()
        for record in found:
            self.seats.restore(record)
        for envelope in await self.store.read(lambda conn: inbox.waiting(conn, self._name)):
            self.comms.deliver([envelope])
        open_runs = [record.id for record in await self.store.read(lambda conn: runs.running(conn, self._name))]
        for run in open_runs:
            self._carried.found(run)
        return Loaded([r.name for r in found], [view.handle for view in self.tasks.plan.open()], open_runs)

    async def start(self) -> None:
        """Begin: agents that were loaded go on, messages are delivered, runs are watched."""
        await self.store.transact(self._write_team)
        self._supervisor.start("quiet", self.quiet.watch)
        for agent in self.roster.living():
            self._supervisor.start(agent.name, agent.run)
        self.doubts.start()
        self.quiet.touch()

    async def close(self) -> None:
        """End every agent's task; statuses and queues stay in the store, so that the team can be loaded again."""
        self.doubts.close()
        self._alarms.close()
        await self._supervisor.close(GRACE_S)

    # --- runs ---------------------------------------------------------------------------------------------------------

    async def ask(
        self, run: str, request: str, also: Callable[[Tx], object] | None = None, *, to: Sequence[str] = ()
    ) -> None:
        """Give a request to the lead, or to those in ``to``, of which the lead is told; in one transaction with ``also``.

        It is read when the run before it has ended, and answered by whom it was given to.
        """
        lead = self.roster.lead
        names = [self.roster.find(name).name for name in dict.fromkeys(to or [lead])]
        self._carried.decide(run, True)
        urgency: Priority = "high" if to else "normal"
        envelopes = [
            self.comms.envelope(name, request, sender=USER, kind="request", priority=urgency, run=run) for name in names
        ]
        if lead and lead not in names:
            told = f"The user asked {' and '.join(names)} directly, who will answer: {' '.join(request.split())[:200]}"
            envelopes.append(self.comms.envelope(lead, told, kind="aside"))

        def work(tx: Tx) -> None:
            if also is not None:
                also(tx)
            self.comms.write(tx, envelopes)

        await self.store.transact(work)
        self.quiet.begin(run, names)
        self.comms.deliver(envelopes)

    def follow(self, run: str, to: Sequence[str] = ()) -> None:
        """Go on with a run that an earlier process left; ``to`` are those it was given to, if not the lead."""
        self.quiet.begin(run, to)
        if self.roster.lead and not self.quiet.run:
            living = self.roster.living()
            waiting = {envelope.run for a in living for envelope in a.inbox.waiting() if envelope.kind == "request"}
            if run not in waiting:
                self.quiet.enter(run)
        self._carried.decide(run, True)
        for agent in self.roster.living():
            agent.inbox.wake()

    async def abandon(self, run: str, reason: str = "its process ended and a new request was made") -> None:
        """Give up a run that an earlier process left: its queue and its open tasks are dropped."""
        await self.endings.wind_up(run, reason)
        self._carried.decide(run, False)

    async def outcome(self, run: str) -> RunOutcome:
        """Wait until the run has ended."""
        return await self.quiet.outcome(run)

    async def stop_run(self, run: str, reason: str = "stopped by the user") -> None:
        """Stop everybody who works on the run: model calls and tools end, its queue and its open tasks are dropped."""
        await self.quiet.settle(RunOutcome(run=run, status="stopped", reason=reason))

    # --- looking ------------------------------------------------------------------------------------------------------

    def statistics(self) -> JsonObject:
        """Return what panels and doctor show."""
        return {
            "team": self._name,
            "run": self.quiet.run,
            "agents": [agent.statistics() for agent in self.roster.agents.values()],
            "open_tasks": len(self.tasks.plan.open()),
            "claims": len(self.claims.held()),
            "supervisor": self._supervisor.statistics(),
        }

    # --- how ----------------------------------------------------------------------------------------------------------

    def _write_team(self, tx: Tx) -> None:
        known = {record.id for record in rows.all_teams(tx.conn)}
        if self._name not in known:
            rows.add_team(tx, TeamRecord(id=self._name, name=self._name, purpose=self._purpose))
            tx.emit(TeamStarted(name=self._name, purpose=self._purpose, team=self._name))

    async def _run_ended(self, outcome: RunOutcome) -> None:
        """A run has its outcome: who still works on a failed or stopped one ends, specialists rest, it is told."""
        if outcome.status != "done":
            await self.endings.wind_up(outcome.run, outcome.reason or outcome.status)
        await self.endings.retire(outcome.run)
        await self._ended(outcome)
        self._carried.over(outcome.run)

    def _topics(self, agent: str) -> list[str]:
        """Return what an agent works on, for the relevance of discoveries."""
        views = [view for view in self.tasks.plan.open() if view.owner == agent]
        held = [view.path for view in self.claims.held() if view.holder == agent]
        return [f"{view.title} {view.description}" for view in views] + held

    def wake_all(self) -> None:
        """Have everybody look whether the next request's turn has come: the lead's, or one to somebody else."""
        for agent in self.roster.living():
            agent.inbox.wake()
