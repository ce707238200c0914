"""Money: reserved before each model call, settled with the call's history, truthful afterwards.

What was spent is the sum of the store's ledger; reservations live in memory only, so a crash leaves none behind. The
scopes are the run, each agent within it, and the workspace. ``reserve`` runs on the loop; ``settle`` runs on the
writer's thread inside the caller's transaction; a lock guards what both touch.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.errors import LimitReached
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.ports import AnswerBill, ModelLimits
from loomkin_jupyter.core.signals import LogWritten
from loomkin_jupyter.core.usage import NANO, Usage, money_text
from loomkin_jupyter.policy.budget_scope import Need, Scope, fits
from loomkin_jupyter.project.settings import Settings
from loomkin_jupyter.store import ledger
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

LEAST_OUTPUT = 256
DEFAULT_TOKENS = 200_000


class BudgetStop(LimitReached):
    """A limit cannot hold the next call. ``scope`` is run, agent or workspace; the texts are for BudgetReached."""

    def __init__(self, scope: str, limit: str, spent: str, needed: str) -> None:
        super().__init__(
            f"The {scope}'s limit of {limit} cannot hold the next model call: {spent} spent, {needed} needed.",
            "Ask again with a higher limit (--budget), or with a cheaper model.",
        )
        self.scope, self.limit, self.spent, self.needed = scope, limit, spent, needed


class Reservation(msgspec.Struct, frozen=True):
    """Money set aside for one call, at its price; ``nano`` is 0 where the price is unknown or nothing."""

    id: str
    agent: str
    run: str
    nano: int
    tokens: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be spent. None is no limit; ``tokens_unknown`` counts only while a price is unknown."""

    run_usd: float | None = 5.0
    agent_usd: float | None = 1.0
    workspace_usd: float | None = None
    tokens: int | None = None
    tokens_unknown: int = DEFAULT_TOKENS


def limits_of(settings: Settings) -> Limits:
    """Return the limits that a project's settings name."""
    return Limits(
        run_usd=settings.get("budget.run_usd"),
        agent_usd=settings.get("budget.agent_usd"),
        tokens_unknown=settings.get("budget.tokens"),
    )


class Budget:
    """The workspace's purse. Implements ``ModelLedger``."""

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self._store = store
        self._default = limits or Limits()
        self._runs: dict[str, Limits] = {}
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._open: dict[str, Reservation] = {}
        self._settled: set[tuple[str, AnswerBill]] = set()
        self._said: set[str] = set()
        self._unpriced: set[str] = set()
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def configure(self, limits: Limits) -> None:
        """Set the limits of the requests from now on; one that runs keeps its own."""
        self._default = limits

    async def open_run(self, run: str, *, usd: float | None = None, tokens: int | None = None) -> None:
        """Set the limits of one run (None keeps the workspace's own) and load what it has spent already."""
        limits = self._default
        if usd is not None:
            # A limit that the person named for this request is not undercut by the default of one agent.
            limits = msgspec.structs.replace(limits, run_usd=usd, agent_usd=None if limits.agent_usd is None else usd)
        if tokens is not None:
            limits = msgspec.structs.replace(limits, tokens=tokens, tokens_unknown=tokens)
        self._runs[run] = limits
        await self._load(run, "")

    def close_run(self, run: str) -> None:
        """Forget the limits and sums of a finished run; its bills stay in the ledger."""
        with self._lock:
            self._runs.pop(run, None)
            for key in [key for key in self._scopes if key[0] == run and run]:
                del self._scopes[key]
            self._settled = {pair for pair in self._settled if pair[1].run != run}

    async def reserve(
        self, agent: str, run: str, prompt_tokens: int, max_output: int, limits: ModelLimits
    ) -> tuple[str, int]:
        """Return (reservation, allowed output tokens), waiting while other open reservations take what is missing.

        :raises BudgetStop: when a limit cannot hold the prompt and 256 output tokens.
        """
        await self._load(run, agent)
        unknown = not limits.local and not limits.price.known
        if unknown:
            with self._lock:
                self._unpriced.add(run)
            await self._say_unknown(run, limits.model)
        need = Need(prompt_tokens, max_output, min(LEAST_OUTPUT, max_output), limits.price, free=limits.local)
        while True:
            wait = asyncio.get_running_loop().create_future()
            with self._lock:
                output, tightest = fits(need, self._scoped(agent, run, unknown))
                if output >= max_output or (output >= need.least and not self._others(tightest)):
                    return self._take(agent, run, need, output)
                if not self._others(tightest):
                    assert tightest is not None
                    raise BudgetStop(*tightest.words(need))
                self._waiters.append((asyncio.get_running_loop(), wait))
            await wait

    def settle(self, tx: Tx, reservation: str, bill: AnswerBill, team: str = "") -> None:
        """Write the bill in the caller's transaction and free the reservation ('' for a bill that had none).

        Called again for the same reservation and bill (a transaction that is tried again) it counts once.
        """
        ledger.add(tx, bill, team=team)
        with self._lock:
            key = (reservation or bill.call, bill)
            if key not in self._settled:
                self._settled.add(key)
                for scope in self._existing(bill.agent, bill.run):
                    scope.count(bill.cost_nano, bill.usage)
            self._free(reservation)

    def release(self, reservation: str) -> None:
        """Give back a reservation whose call was not made or has no bill."""
        with self._lock:
            self._free(reservation)

    def remaining(self, run: str) -> tuple[int | None, int | None]:
        """Return (nano-dollars, tokens) that the run may still spend, reservations included; None: no such limit."""
        limits = self._runs.get(run, self._default)
        with self._lock:
            scope = self._scopes.get((run, ""), Scope("run"))
            # A dollar limit means nothing as soon as a price is unknown: the token limit stands in for it.
            unknown = run in self._unpriced
            money = (
                None if limits.run_usd is None or unknown else round(limits.run_usd * NANO) - scope.nano - scope.held
            )
            cap = limits.tokens_unknown if unknown and limits.tokens is None else limits.tokens
            tokens = None if cap is None else cap - scope.tokens - scope.held_tokens
        return money, tokens

    async def spent(self, run: str | None = None, agent: str | None = None) -> tuple[int | None, Usage]:
        """Return what the ledger says: the exact sum of the metered calls."""
        return await self._store.read(lambda conn: ledger.spent(conn, run, agent))

    def statistics(self) -> dict[str, int]:
        """Return counts of open reservations, waiting calls and runs."""
        return {"reservations": len(self._open), "waiting": len(self._waiters), "runs": len(self._runs)}

    # --- inside -------------------------------------------------------------------------------------------------

    async def _load(self, run: str, agent: str) -> None:
        wanted = (((run, ""), "run"), ((run, agent), "agent"), (("", ""), "workspace"))
        missing = [(key, name) for key, name in wanted if key not in self._scopes]
        if not missing:
            return
        sums = await self._store.read(lambda conn: [_sum(*key)(conn) for key, _ in missing])
        with self._lock:
            for (key, name), (cost, unpriced, tokens) in zip(missing, sums, strict=True):
                if key not in self._scopes:
                    self._scopes[key] = Scope(name, nano=cost, tokens=tokens)
                    if unpriced and name == "run":
                        self._unpriced.add(run)

    def _existing(self, agent: str, run: str) -> list[Scope]:
        keys = dict.fromkeys(((run, ""), (run, agent), ("", "")))
        return [self._scopes[key] for key in keys if key in self._scopes]

    def _scoped(self, agent: str, run: str, unknown: bool) -> list[Scope]:
        """Return the scopes with their limits as they are for this call."""
        limits = self._runs.get(run, self._default)
        dollars = {"run": limits.run_usd, "agent": limits.agent_usd, "workspace": limits.workspace_usd}
        for scope in self._existing(agent, run):
            usd = dollars[scope.name]
            scope.limit_nano = None if usd is None or unknown else round(usd * NANO)
            scope.limit_tokens = None
            if scope.name == "run":
                scope.limit_tokens = limits.tokens_unknown if unknown and limits.tokens is None else limits.tokens
        return self._existing(agent, run)

    def _others(self, scope: Scope | None) -> bool:
        return scope is not None and scope.open > 0

    def _take(self, agent: str, run: str, need: Need, output: int) -> tuple[str, int]:
        reservation = Reservation(new_id("res"), agent, run, need.cost(output), need.prompt + output)
        self._open[reservation.id] = reservation
        for scope in self._existing(agent, run):
            scope.hold(reservation.nano, reservation.tokens)
        return reservation.id, output

    def _free(self, reservation_id: str) -> None:
        reservation = self._open.pop(reservation_id, None)
        if reservation is not None:
            for scope in self._existing(reservation.agent, reservation.run):
                scope.let_go(reservation.nano, reservation.tokens)
        waiters, self._waiters = self._waiters, []
        for loop, future in waiters:
            # A closed loop has nobody left who waits.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, future)

    async def _say_unknown(self, run: str, model: str) -> None:
        if run in self._said:
            return
        self._said.add(run)
        limits = self._runs.get(run, self._default)
        cap = limits.tokens if limits.tokens is not None else limits.tokens_unknown
        instead = "" if limits.run_usd is None else f" instead of {money_text(round(limits.run_usd * NANO))}"
        text = f"The price of {model} is unknown; a limit of {cap:,} tokens holds for this request{instead}."
        await self._store.transact(lambda tx: tx.emit(LogWritten(text=text, run=run)))


def _sum(run: str, agent: str) -> Callable[[sa.Connection], tuple[int, bool, int]]:
    """Return a read of (known nano-dollars, whether a price was unknown, tokens)."""

    def work(conn: sa.Connection) -> tuple[int, bool, int]:
        cost, usage = ledger.spent(conn, run or None, agent or None)
        if cost is not None:
            return cost, False, usage.total
        known = [
            bill.cost_nano or 0 for bill in ledger.all_bills(conn, run or None) if not agent or bill.agent == agent
        ]
        return sum(known), True, usage.total

    return work


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
