"""Grants: what people allowed beyond one call. Owns the table's meaning: scopes, expiry, revocation, the end of a run.

Kept in memory for deciding and written before they count; only this module changes either.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from loomkin_jupyter.core.clock import Clock
from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.signals import GrantChanged
from loomkin_jupyter.policy.commands import allows
from loomkin_jupyter.policy.paths import matches
from loomkin_jupyter.policy.request import Found, PermissionRequest
from loomkin_jupyter.store import grants as rows
from loomkin_jupyter.store.grants import Grant
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

LIFETIME_S = 90 * 86_400.0


class Grants:
    """The standing grants of one workspace."""

    def __init__(self, store: Store, clock: Clock, lifetime_s: float | None = LIFETIME_S) -> None:
        self._store = store
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._grants: dict[str, Grant] | None = None

    async def load(self) -> None:
        """Read the grants that hold; does nothing the second time."""
        if self._grants is None:
            now = self._clock.now()
            found = await self._store.read(lambda conn: rows.in_force(conn, now))
            if self._grants is None:  # another request may have loaded them meanwhile, and made one
                self._grants = {grant.id: grant for grant in found}

    def all(self) -> list[Grant]:
        """Return the grants that hold now, oldest first."""
        now = self._clock.now()
        return [g for g in (self._grants or {}).values() if g.expires is None or g.expires > now]

    def covering(self, request: PermissionRequest, found: Found) -> Grant | None:
        """Return a grant that allows the request, if there is one."""
        return next((grant for grant in self.all() if covers(grant, request, found)), None)

    async def make(self, request: PermissionRequest, scope: str, *, run: str = "") -> Grant:
        """Store a grant and let it count from now on; a grant of a ``run`` ends with it."""
        now = self._clock.now()
        expires = None if run or self._lifetime_s is None else now + self._lifetime_s
        asked = Grant(id=new_id("grant"), tool=request.tool, scope=scope, run=run, expires=expires)

        def work(tx: Tx) -> Grant:
            tx.emit(_changed(asked, "made", team=request.team, run=request.run, agent=request.agent))
            return rows.add(tx, asked)

        grant = await self._store.transact(work)
        assert self._grants is not None
        self._grants[grant.id] = grant
        return grant

    async def revoke(self, grant_id: str, state: str = "revoked") -> Grant:
        """Take a grant back; the next request asks again.

        :raises UsageError: when there is no such grant.
        """
        await self.load()
        assert self._grants is not None
        grant = self._grants.pop(grant_id, None)
        if grant is None:
            raise UsageError(f"There is no grant {grant_id}.", "`%loomkin grants` lists those that hold.")

        def work(tx: Tx) -> None:
            rows.revoke(tx, grant.id)
            tx.emit(_changed(grant, state, run=grant.run))

        await self._store.transact(work)
        return grant

    async def end_run(self, run: str) -> int:
        """Revoke what was allowed for ``run`` only; return how many grants that were."""
        await self.load()
        ending = [grant.id for grant in (self._grants or {}).values() if run and grant.run == run]
        for grant_id in ending:
            await self.revoke(grant_id, "expired")
        return len(ending)


def covers(grant: Grant, request: PermissionRequest, found: Found) -> bool:
    """Return whether the grant speaks of this request (control files are never covered by one)."""
    if grant.tool != request.tool or (grant.run and grant.run != request.run) or found.facts.control:
        return False
    if grant.agent and grant.agent != request.agent:
        return False
    kind, value = split_scope(grant.scope)
    if request.command is not None:
        if kind == "exact":
            return request.command.strip() == value
        return kind == "pattern" and found.effects is not None and allows([value], found.effects)
    if not request.paths:
        return value == "*" or (kind == "exact" and request.target == value)
    if kind == "exact":
        return set(found.touched) == {value}
    if found.outside or not found.touched:
        return False  # a path that is none was never what somebody allowed
    return all(path.startswith(value) if kind == "folder" else matches(path, value) for path in found.touched)


def _changed(grant: Grant, state: str, *, team: str = "", run: str = "", agent: str = "") -> GrantChanged:
    return GrantChanged(
        grant=grant.id, state=state, tool=grant.tool, scope=grant.scope, team=team, run=run, agent=agent
    )


def split_scope(scope: str) -> tuple[str, str]:
    """Return (exact | folder | pattern, value) of a scope's text; what has no kind is exact."""
    match = re.match(r"^(exact|folder|pattern): ?(.*)$", scope, re.DOTALL)
    return (match.group(1), match.group(2)) if match is not None else ("exact", scope)


def scopes_for(request: PermissionRequest, found: Found) -> tuple[str, ...]:
    """Return the scopes an *always* may have, narrowest first; empty where only single answers are possible."""
    if found.facts.control:
        return ()
    if request.command is not None:
        exact = f"exact: {request.command.strip()}"
        pattern = command_pattern(found)
        return (exact, f"pattern: {pattern}") if pattern else (exact,)
    if not request.paths:
        return (f"exact: {request.target}", "pattern: *") if request.target else ("pattern: *",)
    if len(set(found.touched)) != 1:
        return ()
    path = found.touched[0]
    if found.outside:
        return (f"exact: {path}",)
    pure = PurePosixPath(path)
    scopes = [f"exact: {path}"]
    if pure.parent.as_posix() != ".":
        scopes.append(f"folder: {pure.parent.as_posix()}/")
    if pure.suffix:
        scopes.append(f"pattern: *{pure.suffix}")
    return tuple(scopes)


def run_scope(request: PermissionRequest, found: Found) -> str:
    """Return the scope of *allow for this run*: the tool inside the project, commands of the same name, else exactly this."""
    if request.command is not None:
        pattern = command_pattern(found)
        return f"pattern: {pattern}" if pattern else f"exact: {request.command.strip()}"
    if found.outside and found.touched:
        return f"exact: {found.touched[0]}"
    return "pattern: *"


def command_pattern(found: Found) -> str:
    """Return ``pytest *`` or ``git status *`` for a plain command of one part, '' where a pattern would promise too much."""
    effects = found.effects
    if (
        effects is None
        or not effects.parsed
        or len(effects.parts) != 1
        or effects.destructive
        or effects.writes_outside
    ):
        return ""
    part = effects.parts[0]
    if part.environment or part.name != part.words[0] or effects.network:
        return ""
    verbs = 2 if part.name in ("git", "pip", "uv", "npm", "cargo", "hatch", "make", "docker") else 1
    head = part.words[:verbs]
    return "" if any(word.startswith("-") or "*" in word for word in head) else " ".join((*head, "*"))
