"""The audit trail: every decision of the gate, automatic ones too, in one row and one signal of the same transaction."""

from __future__ import annotations

from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.signals import PermissionDecided
from loomkin_jupyter.policy.request import Decision, PermissionRequest
from loomkin_jupyter.store import grants as rows
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

_LONGEST = 2_000


class Audit:
    """Writes decisions. Secrets are taken out before anything is stored."""

    def __init__(self, store: Store, redact: Redactor) -> None:
        self._store = store
        self._redact = redact
        self._counts: dict[str, int] = {"allowed": 0, "refused": 0}

    async def record(self, request: PermissionRequest, decision: Decision) -> None:
        """Store ``decision``; it is acknowledged when this returns, so no call runs before its audit row is safe.

        What only reads may begin meanwhile: its row goes before everything that comes of it.
        """
        target = self._redact(request.command or request.target or " ".join(path for path, _ in request.paths))[
            :_LONGEST
        ]
        signal = PermissionDecided(
            call=request.call,
            tool=request.tool,
            target=target,
            allowed=decision.allowed,
            rule=decision.rule,
            reason=self._redact(decision.reason)[:_LONGEST],
            team=request.team,
            run=request.run,
            agent=request.agent,
            cause=request.call,
        )

        if decision.allowed and request.kind == "read":
            self._store.hand_over(lambda tx: note(tx, signal))
        else:
            await self._store.transact(lambda tx: note(tx, signal))
        self._counts["allowed" if decision.allowed else "refused"] += 1

    def statistics(self) -> dict[str, int]:
        """Return how many requests were allowed and refused since the start."""
        return dict(self._counts)


def note(tx: Tx, signal: PermissionDecided) -> None:
    """Write one decision: the audit's row and its signal, in the caller's transaction."""
    rows.note(
        tx,
        rows.Audited(
            agent=signal.agent,
            call=signal.call,
            tool=signal.tool,
            target=signal.target,
            allowed=signal.allowed,
            rule=signal.rule,
            reason=signal.reason,
            team=signal.team,
            run=signal.run,
        ),
    )
    tx.emit(signal)
