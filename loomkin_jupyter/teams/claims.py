"""Who may write which part of a file: whole files, line ranges or symbols, held for five minutes from the last use.

Regions move when lines above them come or go. In memory for checks, which must not wait; every change is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.ports import Caller, ClaimView
from loomkin_jupyter.core.signals import ClaimRefused, RegionClaimed, RegionReleased
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.project.symbols import find_symbol
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import claims as rows
from loomkin_jupyter.store.claims import StoredClaim
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

HELD_S = 300.0
SymbolRange = Callable[[str, str], tuple[int, int]]


class Claims:
    """The team's claims (the ClaimsPort). ``find_symbol(path, symbol)`` gives 1-based lines; it may touch the disk."""

    def __init__(self, store: Store, clock: Clock, team: str, find_symbol: SymbolRange) -> None:
        self._store = store
        self._clock = clock
        self._team = team
        self._find_symbol = find_symbol
        self._claims: dict[str, StoredClaim] = {}
        self.refused = 0

    async def load(self) -> None:
        """Take the claims from the store; those whose time is up are dropped when somebody asks."""
        self._claims = {claim.view.id: claim for claim in await self._store.read(lambda c: rows.load(c, self._team))}

    async def claim(
        self,
        caller: Caller,
        path: str,
        start: int | None = None,
        end: int | None = None,
        symbol: str = "",
        intent: str = "",
    ) -> ClaimView:
        """Hold a region; claiming one's own again renews it. Raises ToolFailed naming the holder."""
        if symbol:
            start, end = await run_blocking(self._find_symbol, path, symbol)
        start, end = _lines(start, end)
        self.check_write(caller, path, start, end)
        same = next(
            (
                c
                for c in self._living(path)
                if c.view.holder == caller.agent and (c.view.start, c.view.end) == (start, end)
            ),
            None,
        )
        view = ClaimView(
            id=same.view.id if same else new_id("claim"), path=path, holder=caller.agent, start=start, end=end,
            symbol=symbol, intent=intent,
        )  # fmt: skip
        claim = StoredClaim(view=view, task=caller.task, run=caller.run, expires=self._clock.now() + HELD_S)
        signal = RegionClaimed(
            claim=view.id, path=path, start=start, end=end, symbol=symbol, intent=intent,
            team=self._team, agent=caller.agent, run=caller.run, cause=caller.call,
        )  # fmt: skip
        # Held from here on, before the commit: a second claim that comes meanwhile must meet it.
        before = self._claims.get(view.id)
        self._claims[view.id] = claim

        def work(tx: Tx) -> None:
            rows.put(tx, self._team, claim)
            tx.emit(signal)
            tx.effect(caller.call, f"{caller.agent} holds {region_text(view)} now.")

        try:
            await self._store.transact(work)
        except BaseException:
            if before is None:
                self._claims.pop(view.id, None)
            else:
                self._claims[view.id] = before
            raise
        return view

    async def release(self, caller: Caller, path: str) -> int:
        """Give up what the caller holds of ``path``; return how many regions that were."""
        mine = [claim for claim in self._living(path) if claim.view.holder == caller.agent]
        await self._drop(mine, "released", caller.call)
        return len(mine)

    def check_write(self, caller: Caller, path: str, start: int | None, end: int | None) -> None:
        """Raise ToolFailed naming the holder when the lines (None: the whole file) belong to another."""
        for claim in self._living(path):
            view = claim.view
            if view.holder == caller.agent:
                if _overlap(view, start, end):
                    self._claims[view.id] = msgspec.structs.replace(claim, expires=self._clock.now() + HELD_S)
                continue
            if _overlap(view, start, end):
                self.refused += 1
                self._say_refused(caller, view)
                why = f" ({view.intent})" if view.intent else ""
                raise ToolFailed(
                    f"{region_text(view)} is claimed by {view.holder}{why}. Work on another part, or ask {view.holder} "
                    "with peer_message to release it."
                )

    def moved(self, path: str, at: int, removed: int, added: int, *, by: str = "") -> None:
        """Move the regions below an edit; a region around it grows or shrinks with it."""
        changed: list[StoredClaim] = []
        for claim in self._living(path):
            view = claim.view
            if view.start is None or view.end is None:
                continue
            region = move_region(view.start, view.end, at, removed, added)
            if region != (view.start, view.end):
                moved = msgspec.structs.replace(view, start=region[0], end=region[1])
                changed.append(msgspec.structs.replace(claim, view=moved))
        for claim in changed:
            self._claims[claim.view.id] = claim
        if changed:
            self._store.transact_nowait(lambda tx: [rows.put(tx, self._team, claim) for claim in changed])

    def held(self, path: str = "") -> list[ClaimView]:
        """Return what is held, of one file or of all."""
        return [claim.view for claim in self._living(path)]

    async def end(self, *, agent: str = "", task: str = "", run: str = "", reason: str = "ended") -> None:
        """Release what an agent, a task or a run held."""
        over = [
            claim
            for claim in list(self._claims.values())
            if (agent and claim.view.holder == agent) or (task and claim.task == task) or (run and claim.run == run)
        ]
        await self._drop(over, reason, "")

    def _living(self, path: str) -> list[StoredClaim]:
        """Return claims that still hold, and drop those whose time is up."""
        now = self._clock.now()
        expired = [claim for claim in self._claims.values() if claim.expires <= now]
        if expired:
            self._forget(expired)
            self._store.transact_nowait(lambda tx: self._write_released(tx, expired, "expired", ""))
        return [claim for claim in self._claims.values() if not path or claim.view.path == path]

    async def _drop(self, claims: list[StoredClaim], reason: str, cause: str) -> None:
        if not claims:
            return
        await self._store.transact(lambda tx: self._write_released(tx, claims, reason, cause))
        self._forget(claims)

    def _forget(self, claims: Iterable[StoredClaim]) -> None:
        for claim in claims:
            self._claims.pop(claim.view.id, None)

    def _write_released(self, tx: Tx, claims: list[StoredClaim], reason: str, cause: str) -> None:
        rows.remove(tx, [claim.view.id for claim in claims])
        for claim in claims:
            view = claim.view
            tx.emit(
                RegionReleased(
                    claim=view.id, path=view.path, reason=reason, team=self._team, agent=view.holder, run=claim.run,
                    cause=cause,
                )
            )  # fmt: skip
        if cause:
            tx.effect(cause, f"Released {len(claims)} region(s).")

    def _say_refused(self, caller: Caller, view: ClaimView) -> None:
        signal = ClaimRefused(
            path=view.path, holder=view.holder, attempt=caller.agent, team=self._team, agent=caller.agent,
            run=caller.run, cause=caller.call,
        )  # fmt: skip
        self._store.transact_nowait(lambda tx: tx.emit(signal))


def _lines(start: int | None, end: int | None) -> tuple[int | None, int | None]:
    if start is None and end is None:
        return None, None
    first = start if start is not None else 1
    last = end if end is not None else first
    if first < 1 or last < first:
        raise ToolRetry(f"Lines {first} to {last} are no region; give start_line ≥ 1 and end_line ≥ start_line.")
    return first, last


def _overlap(view: ClaimView, start: int | None, end: int | None) -> bool:
    if view.start is None or view.end is None or start is None or end is None:
        return True
    return view.start <= end and start <= view.end


def move_region(start: int, end: int, at: int, removed: int, added: int) -> tuple[int, int]:
    """Return where lines ``start``–``end`` are after ``removed`` lines from ``at`` became ``added`` lines."""
    shift = added - removed
    last = at + removed - 1  # at - 1 for a pure insertion
    if last < start:
        return start + shift, end + shift
    if at > end:
        return start, end
    first = min(start, at)
    return first, max(max(end, last) + shift, first)


def symbol_lines(confinement: Confinement, path: str, symbol: str) -> tuple[int, int]:
    """Return the 1-based lines of a symbol; touches the disk.

    :raises ToolRetry: when the file cannot be read or has no such symbol.
    """
    try:
        source = confinement.resolve(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failed:
        raise ToolRetry(f"{path} cannot be read for the symbol {symbol!r}: {failed}. Give lines instead.") from None
    lines = find_symbol(source, symbol)
    if lines is None:
        raise ToolRetry(f"{path} has no symbol {symbol!r}. Give its dotted name (Class.method), or lines.")
    return lines


def region_text(view: ClaimView) -> str:
    """Return a region as people read it."""
    if view.start is None:
        return view.path
    name = f" ({view.symbol})" if view.symbol else ""
    return f"{view.path} lines {view.start}–{view.end}{name}"
