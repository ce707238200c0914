"""A team: its agents under one supervisor, its plan, its talk, its claims, and when its runs are done.

The only place where agents are started and stopped. Everything it acknowledges is committed, so ``load`` finds it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from loomkin_jupyter.agents.agent import Agent
from loomkin_jupyter.agents.kit import AgentSpec, Kit, TurnEnd
from loomkin_jupyter.agents.prompt import Surroundings, Teammate
from loomkin_jupyter.agents.roles import find_role, free_name
from loomkin_jupyter.core.errors import StoreError, UsageError, nearest
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import Envelope, JsonObject
from loomkin_jupyter.core.ports import Caller, Receipt
from loomkin_jupyter.core.signals import AgentSpawned, TeamStarted
from loomkin_jupyter.core.status import AgentStatus
from loomkin_jupyter.project.symbols import find_symbol
from loomkin_jupyter.runtime.schedule import Timer
from loomkin_jupyter.runtime.supervisor import Supervisor
from loomkin_jupyter.store import agents as rows
from loomkin_jupyter.store import inbox, runs
from loomkin_jupyter.store.agents import AgentRecord, TeamRecord
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.teams.carried import CarriedRuns
from loomkin_jupyter.teams.claims import Claims
from loomkin_jupyter.teams.comms import USER, Comms
from loomkin_jupyter.teams.context import Desk
from loomkin_jupyter.teams.doubts import Doubts
from loomkin_jupyter.teams.endings import GRACE_S, Endings
from loomkin_jupyter.teams.quiet import Quiet, RunOutcome
from loomkin_jupyter.teams.roster import Roster
from loomkin_jupyter.teams.spawn import Spawn
from loomkin_jupyter.teams.tasks import Tasks
from loomkin_jupyter.tools.context import ToolContext

CALLED_BACK = "You were called back for a new request. What stands above is your earlier work; your new task follows."


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
        self.kit = kit
        self.purpose = purpose
        self.store = services.store
        self.roster = Roster(name)
        self.comms = Comms(services.store, services.clock, self.roster)
        self.tasks = Tasks(services.store, kit.root, self.roster, self.comms)
        self.claims = Claims(services.store, services.clock, name, self._symbol)
        self.growth = Spawn(kit, self.roster, self.tasks, self.start_agent)
        self.quiet = Quiet(self.roster, self.tasks, self.comms, self._run_ended)
        self.quiet.cleared = self.wake_lead
        self._ended = ended
        self._carried = CarriedRuns()
        self._timers: list[Timer] = []
        self.comms.later = self._wake_later
        self.endings = Endings(
            services.store, services.publish, self.roster, self.tasks, self.claims, self.comms,
            lambda: self.quiet.run, self.touched,
        )  # fmt: skip
        self.doubts = Doubts(services.graph, kit.bus, self.roster, self.comms)
        self._desk = Desk(kit, self.roster, self.tasks, self.comms, self.claims, self.growth)
        setting = services.setting
        self._supervisor = Supervisor(
            name,
            clock=services.clock,
            most_restarts=int(setting("supervision.restarts")),
            window_s=float(setting("supervision.window_s")),
            on_restart=self.endings.restarted,
            on_failed=self.endings.failed,
        )
        self.endings.supervisor = self._supervisor
        self.tasks.changed = self.touched
        self.quiet.broken = lambda failed: self.endings.stand_still("the end of a run", failed)
        self.comms.topics_of = self._topics

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
            self._seat(record)
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
        self.touched()

    async def close(self) -> None:
        """End every agent's task; statuses and queues stay in the store, so that the team can be loaded again."""
        self.doubts.close()
        for timer in self._timers:
            timer.cancel()
        await self._supervisor.close(GRACE_S)

    # --- growing ------------------------------------------------------------------------------------------------------

    async def start_agent(self, spec: AgentSpec) -> Agent:
        """Make an agent and set it to work; its name is the role's when the spec gives none.

        :raises UsageError: for an unknown role or a name that is taken.
        """
        role = find_role(spec.role, self.kit.roles)
        name = spec.name or free_name(role.name, self.roster.taken())
        if name in self.roster.taken():
            raise UsageError(f"The name {name!r} is taken in team {self._name}.", "Choose another name.")
        spec = msgspec.structs.replace(spec, name=name, lead=spec.lead or not self.roster.lead)
        agent = Agent(spec, role, self.kit, self)
        before = self.roster.agents.get(name)
        self.roster.agents[name] = agent
        self.roster.retired.discard(name)
        tools = [tool.name for tool in self.kit.registry.for_role(role.name)]
        record = AgentRecord(
            team=self._name, name=name, role=role.name, model=spec.model, tier=role.tier, lead=spec.lead, tools=tools,
            state={"purpose": spec.purpose, "run": spec.run},
        )  # fmt: skip
        signal = AgentSpawned(
            role=role.name, model=agent.model, tier=role.tier, lead=spec.lead, tools=tools,
            team=self._name, agent=name, run=spec.run,
        )  # fmt: skip

        def work(tx: Tx) -> None:
            called_back = rows.get(tx.conn, self._name, name) is not None
            rows.add(tx, record)
            if called_back:
                agent.history.write(tx, [agent.notice(CALLED_BACK, "recalled")])
            tx.emit(signal)

        try:
            await self.store.transact(work)
        except BaseException:
            self._unseat(name, before)
            raise
        self._supervisor.start(name, agent.run)
        self.comms.deliver(await self.store.read(lambda conn: inbox.waiting(conn, self._name, name)))
        return agent

    # --- runs ---------------------------------------------------------------------------------------------------------

    async def ask(self, run: str, request: str, also: Callable[[Tx], object] | None = None, *, to: str = "") -> None:
        """Give a request to the lead (or ``to``), in one transaction with ``also``.

        It is read when the run before it has ended.
        """
        name = self._known(to or self.roster.lead)
        self._carried.decide(run, True)
        envelope = self.comms.envelope(name, request, sender=USER, kind="request", run=run)

        def work(tx: Tx) -> None:
            if also is not None:
                also(tx)
            self.comms.write(tx, [envelope])

        await self.store.transact(work)
        self.quiet.begin(run)
        self.comms.deliver([envelope])

    def follow(self, run: str) -> None:
        """Go on with a run that an earlier process left."""
        self.quiet.begin(run)
        lead = self.roster.agents.get(self.roster.lead)
        if lead is not None and not self.quiet.run:
            waiting = {envelope.run for envelope in lead.inbox.waiting() if envelope.kind == "request"}
            if run not in waiting:
                self.quiet.enter(run)
        self._carried.decide(run, True)
        for agent in self.roster.living():
            agent.inbox.wake()

    async def abandon(self, run: str, reason: str = "its process ended and a new request was made") -> None:
        """Give up a run that an earlier process left: its queue and its open tasks are dropped."""
        await self.endings.wind_up(run, reason)
        self._carried.decide(run, False)

    def runs(self, run: str) -> bool:
        """Return whether the run is this team's, in this process."""
        return run in self._carried

    async def goes_on(self, run: str) -> bool:
        """Wait until it is decided whether a run of an earlier process goes on."""
        return await self._carried.goes_on(run)

    async def outcome(self, run: str) -> RunOutcome:
        """Wait until the run has ended."""
        return await self.quiet.outcome(run)

    async def stop_run(self, run: str, reason: str = "stopped by the user") -> None:
        """Stop everybody who works on the run: model calls and tools end, its queue and its open tasks are dropped."""
        await self.quiet.settle(RunOutcome(run=run, status="stopped", reason=reason))

    # --- talking and steering -----------------------------------------------------------------------------------------

    async def tell(self, envelope: Envelope) -> Receipt:
        """Persist and deliver a message from outside the team."""
        self._known(envelope.to)
        if envelope.kind == "request" and envelope.run:
            self._carried.decide(envelope.run, True)
            self.quiet.begin(envelope.run)
        receipt = self.comms.receipt(envelope.to)
        await self.comms.post([envelope if envelope.id else msgspec.structs.replace(envelope, id=new_id("msg"))])
        return receipt

    async def pause(self, agent: str, reason: str = "paused by the user") -> str:
        """Pause an agent; return its name."""
        one = self.roster.agents[self._known(agent)]
        await one.steering.pause(reason)
        return one.name

    async def resume(self, agent: str, guidance: str = "") -> str:
        """Let an agent go on; ``guidance`` is the first thing it reads. Returns its name."""
        one = self.roster.agents[self._known(agent)]
        if guidance:
            await self.steer(one.name, guidance)
        self.endings.goes_on()
        await one.steering.resume()
        self.touched()
        return one.name

    async def stop_turn(self, agent: str, reason: str = "stopped by the user") -> bool:
        """Stop what an agent is doing; it stays in the team. The lead's stop ends its run. False: it did nothing."""
        return await self.roster.agents[self._known(agent)].steering.stop(reason)

    async def steer(self, agent: str, text: str) -> Receipt:
        """Give guidance that the agent reads at its next checkpoint."""
        name = self._known(agent or self.roster.lead)
        run = self.roster.agents[name].run_id
        receipt = self.comms.receipt(name)
        await self.comms.post(
            [self.comms.envelope(name, text, sender=USER, kind="guidance", priority="urgent", run=run)]
        )
        return receipt

    async def schedule(self, agent: str, text: str, due: float, *, sender: str = USER) -> str:
        """Leave a message that the agent reads at ``due`` (seconds since the epoch), also after a restart; return its id.

        It belongs to no run: it keeps none from ending and ends with none.

        :raises UsageError: for an unknown agent or a moment that has passed.
        """
        name, now = self._known(agent), self.kit.services.clock.now()
        if not now < due < float("inf"):
            raise UsageError(
                f"A message cannot be scheduled for {due!r}; now is {now:.0f}.",
                "Give `due` as a later time in seconds since the epoch.",
            )
        envelope = self.comms.envelope(name, text, sender=sender, kind="message", due=due)
        await self.comms.post([envelope])
        return envelope.id

    async def stop_agent(self, agent: str, reason: str = "stopped by the user") -> None:
        """End one agent for good; its tasks go back to the lead, its claims are released. The lead's end ends its run."""
        await self.endings.stop(self.roster.agents[self._known(agent)], reason)

    # --- TeamPort: what agents ask ------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The team's name."""
        return self._name

    def surroundings(self, agent: str, run: str) -> Surroundings:
        """Return what an agent's prompt tells of the world."""
        mates = [Teammate(a.name, a.own_role.name, a.own_role.summary) for a in self.roster.living() if a.name != agent]
        open_tasks = [view for view in self.tasks.plan.open() if view.owner == agent and view.status != "blocked"]
        kit = self.kit
        return Surroundings(
            team=self._name,
            teammates=mates,
            purpose=self.roster.agents[agent].spec.purpose or self.purpose,
            lead=self.roster.lead,
            rules=kit.rules(),
            decisions=kit.decisions(run),
            variables=kit.variables(),
            notebook=kit.notebook_text(),
            tasks="\n".join(f"- {view.handle}: {view.title} ({view.status})" for view in open_tasks),
        )

    def orchestrating(self, agent: str) -> bool:
        """Return whether the agent is a lead with specialists."""
        one = self.roster.agents.get(agent)
        return one is not None and one.own_role.name == "lead" and bool(self.roster.specialists(one.run_id))

    def tool_context(self, agent: str, caller: Caller) -> ToolContext:
        """Return what the agent's tools are given."""
        return self._desk.context(agent, caller)

    def may_take(self, agent: str, envelope: Envelope) -> bool:
        """Return whether the envelope's turn has come: one request at a time, scheduled messages when they are due."""
        if self._carried.undecided(envelope.run):
            return False
        if envelope.due is not None and envelope.due > self.kit.services.clock.now():
            return False
        return envelope.kind != "request" or not envelope.run or self.quiet.run in ("", envelope.run)

    def task_of(self, agent: str) -> str:
        """Return the task an agent works on, or ''."""
        return self.tasks.task_of(agent)

    def taking(self, tx: Tx, agent: str, envelopes: Sequence[Envelope]) -> None:
        """Begin, in the transaction in which they are read, the tasks that were assigned."""
        handles = [envelope.task for envelope in envelopes if envelope.kind == "task"]
        run = envelopes[-1].run
        self.tasks.begin(tx, agent, handles, {"team": self._name, "agent": agent, "run": run})

    def taken(self, agent: str, envelopes: Sequence[Envelope]) -> None:
        """Follow after the commit."""
        self.tasks.began(agent, [envelope.task for envelope in envelopes if envelope.kind == "task"])
        for envelope in envelopes:
            if envelope.kind == "request" and envelope.run:
                self.quiet.enter(envelope.run)

    async def turn_ended(self, agent: str, end: TurnEnd) -> None:
        """Hear how a turn ended: the lead's may end the run, anybody else's failure is told to the lead."""
        if agent == self.roster.lead:
            self.quiet.lead_ended(end)
        elif end.status != "answered":
            caller = self.roster.agents[agent].caller()
            handles = await self.tasks.end_all(caller, owner=agent, status="failed", reason=end.reason or end.status)
            if not handles and end.status != "stopped" and self.roster.lead:
                text = f"{agent}'s turn ended without a result ({end.status}): {end.reason}"
                await self.comms.post([self.comms.envelope(self.roster.lead, text, run=end.run)])
        self.touched()

    def store_failed(self, agent: str, failed: StoreError) -> None:
        """Stand still: nothing that an agent does now could be kept."""
        self.endings.stand_still(agent, failed)

    def touched(self) -> None:
        """Look whether a run is done."""
        self.quiet.touch()

    # --- looking ------------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return every agent's name."""
        return list(self.roster.agents)

    def progress(self) -> str:
        """Return who does what as text."""
        return self.growth.progress()

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
        known = {record.id for record in rows.all_teams(tx.conn, dissolved=True)}
        if self._name not in known:
            rows.add_team(tx, TeamRecord(id=self._name, name=self._name, purpose=self.purpose))
            tx.emit(TeamStarted(name=self._name, purpose=self.purpose, team=self._name))

    def _unseat(self, name: str, before: Agent | None) -> None:
        """Take back a seat whose agent could not be committed."""
        if before is None:
            del self.roster.agents[name]
        else:
            self.roster.agents[name] = before
            self.roster.retired.add(name)

    def _wake_later(self, envelope: Envelope, due: float) -> None:
        """Have the recipient look again when a scheduled message is due."""
        self._timers = [timer for timer in self._timers if not timer.done]
        self._timers.append(self.kit.schedule.at(due, lambda: self._wake(envelope.to), name=f"message {envelope.id}"))

    def _wake(self, name: str) -> None:
        agent = self.roster.agents.get(name)
        if agent is not None:
            agent.inbox.wake()

    def _seat(self, record: AgentRecord) -> None:
        """Give a stored agent its place; it begins as ``starting``, or stays what ended it."""
        role = find_role(record.role, self.kit.roles)
        spec = AgentSpec(
            role=record.role, name=record.name, model=record.model, lead=record.lead,
            purpose=str(record.state.get("purpose", "")), run=str(record.state.get("run", "")),
        )  # fmt: skip
        status: AgentStatus = "failed" if record.status == "failed" else "starting"
        agent = Agent(spec, role, self.kit, self, status=status)
        if record.status == "paused":
            agent.steering.hold("paused before the restart")
        self.roster.agents[record.name] = agent

    async def _run_ended(self, outcome: RunOutcome) -> None:
        """A run has its outcome: who still works on a failed or stopped one ends, specialists rest, it is told."""
        if outcome.status != "done":
            await self.endings.wind_up(outcome.run, outcome.reason or outcome.status)
        await self.endings.retire(outcome.run)
        await self._ended(outcome)
        self._carried.over(outcome.run)

    def _symbol(self, path: str, symbol: str) -> tuple[int, int]:
        return self._desk.symbol_lines(path, symbol, find_symbol)

    def _topics(self, agent: str) -> list[str]:
        """Return what an agent works on, for the relevance of discoveries."""
        views = [view for view in self.tasks.plan.open() if view.owner == agent]
        held = [view.path for view in self.claims.held() if view.holder == agent]
        return [f"{view.title} {view.description}" for view in views] + held

    def _known(self, name: str) -> str:
        if name not in self.roster.agents:
            names = self.names()
            raise UsageError(
                f"There is no agent {name!r} in team {self._name}.{nearest(name, names)}",
                f"Agents: {', '.join(names) or 'none yet'}.",
            )
        return name

    def wake_lead(self) -> None:
        """Have the lead look whether the next request's turn has come."""
        self._wake(self.roster.lead)
