"""The gate: every tool call passes here before it does anything. Enforced, never advised.

Order: secrets → LOOMKIN.md denied → policy deny → control files and LOOMKIN.md allowed, policy allow, grants → preset →
ask. The preset comes with each request's run: the gate keeps none. Identical requests that wait for a person share one
question. Nothing is decided without a row in the audit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from loomkin_jupyter.core.clock import SYSTEM_CLOCK, Clock
from loomkin_jupyter.core.ports import Answer, HumanPort, Question
from loomkin_jupyter.core.redaction import Redactor
from loomkin_jupyter.core.status import Preset
from loomkin_jupyter.policy.audit import Audit
from loomkin_jupyter.policy.findings import allowed_operation, denied_operation, look
from loomkin_jupyter.policy.grants import Grants, run_scope, scopes_for
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.presets import lowest_preset, preset_verdict
from loomkin_jupyter.policy.request import Decision, Found, PermissionRequest, unattended_text
from loomkin_jupyter.policy.rules import Policy
from loomkin_jupyter.project.loomkin_md import ProjectRules
from loomkin_jupyter.store.grants import Grant
from loomkin_jupyter.store.store import Store

__all__ = ["Decision", "Gate", "PermissionRequest"]

_Key = tuple[object, ...]


class _Pending:
    """One open question and how many requests wait for its answer."""

    def __init__(self, answer: asyncio.Task[Answer]) -> None:
        self.answer = answer
        self.waiting = 0


class Gate:
    """Decides for one workspace. Runs on the loop only."""

    def __init__(
        self,
        store: Store,
        confinement: Confinement,
        *,
        clock: Clock = SYSTEM_CLOCK,
        rules: ProjectRules | None = None,
        policies: Sequence[Policy] = (),
        auto_approve: Sequence[str] = (),
        trusted: bool = False,
        redact: Redactor | None = None,
        timeout_s: float = 300.0,
    ) -> None:
        """``trusted``: the folder's own files may allow too. ``policies`` and ``auto_approve`` from outside the project
        count always: give those of an untrusted project through ``policy.trust.tightened`` first.
        """
        self._confinement = confinement
        self._redact = redact or Redactor()
        self._timeout_s = timeout_s
        self._pending: dict[_Key, _Pending] = {}
        self.audit = Audit(store, self._redact)
        self.granted = Grants(store, clock)
        self.configure(rules=rules, policies=policies, auto_approve=auto_approve, trusted=trusted)

    def configure(
        self,
        *,
        rules: ProjectRules | None = None,
        policies: Sequence[Policy] = (),
        auto_approve: Sequence[str] = (),
        trusted: bool = False,
    ) -> None:
        """Replace the project's rules, as when its files or its trust changed. Grants stay."""
        self._rules = rules or ProjectRules()
        self._policies = tuple(policies)
        self._auto_approve = frozenset(auto_approve) if trusted else frozenset[str]()
        self._trusted = trusted

    async def decide(self, request: PermissionRequest, human: HumanPort, *, preset: Preset) -> Decision:
        """Return whether the call may run, asking the person where rules and ``preset`` leave it open."""
        await self.granted.load()
        found = look(request, self._confinement)
        decision = self._refusal(request, found) or self._consent(request, found) or self._by_preset(found, preset)
        if decision is None:
            decision = await self._ask(request, found, human)
        await self.audit.record(request, decision)
        return decision

    def foresee(self, request: PermissionRequest, *, preset: Preset) -> str:
        """Return allow, deny or ask as ``decide`` would begin, without asking and without a trace in the audit."""
        found = look(request, self._confinement)
        decision = self._refusal(request, found) or self._consent(request, found) or self._by_preset(found, preset)
        return "ask" if decision is None else "allow" if decision.allowed else "deny"

    def grants(self) -> list[Grant]:
        """Return the grants that hold."""
        return self.granted.all()

    async def revoke(self, grant_id: str) -> Grant:
        """Take a grant back."""
        return await self.granted.revoke(grant_id)

    async def end_run(self, run: str) -> int:
        """Forget what was allowed for ``run`` only."""
        return await self.granted.end_run(run)

    def statistics(self) -> dict[str, int]:
        """Return counts of decisions, open questions and grants."""
        return {**self.audit.statistics(), "pending": len(self._pending), "grants": len(self.grants())}

    # --- the order ----------------------------------------------------------------------------------------------

    def _refusal(self, request: PermissionRequest, found: Found) -> Decision | None:
        if found.secrets:
            return _no(
                "secrets",
                f"{found.secrets[0]} is a secrets file; agents neither read nor write those. Ask the user for what you need of it.",
            )
        operation = denied_operation(self._rules.denied, request, found)
        if operation is not None:
            return _no(
                f"denied: {operation.label}",
                f"{operation.source} denies {operation.pattern!r} (line {operation.line}). Find another way or ask the user.",
            )
        if found.effects is not None and found.effects.catastrophic:
            return _no("policy: destroys more than a project", f"This is never allowed: {found.effects.catastrophic}.")
        policy = self._policy(request, found, "deny")
        if policy is not None:
            return _no(
                f"policy: {policy.label}", f"A policy denies this ({policy.label}). Find another way or ask the user."
            )
        return None

    def _consent(self, request: PermissionRequest, found: Found) -> Decision | None:
        if found.facts.control:
            return None  # rules, settings, hooks: no rule or grant may hand these over, only a person or full trust
        if self._trusted:
            operation = allowed_operation(self._rules.allowed, request, found)
            if operation is not None:
                return _yes(found, f"allowed: {operation.label}")
            if request.tool in self._auto_approve and found.facts.confined:
                return _yes(found, "allowed: auto_approve")
        policy = self._policy(request, found, "allow")
        if policy is not None and (found.facts.confined or policy.path or policy.command):
            return _yes(found, f"policy: {policy.label}")
        grant = self.granted.covering(request, found)
        return None if grant is None else _yes(found, f"grant: {grant.scope}" + (" (this run)" if grant.run else ""))

    def _by_preset(self, found: Found, preset: Preset) -> Decision | None:
        return _yes(found, f"preset: {preset}") if preset_verdict(preset, found.facts) == "allow" else None

    def _policy(self, request: PermissionRequest, found: Found, effect: str) -> Policy | None:
        for policy in self._policies:
            if policy.effect == effect and policy.fits(
                agent=request.agent,
                role=request.role,
                tool=request.tool,
                categories=(request.category, request.kind),
                paths=found.touched,
                effects=found.effects,
            ):
                return policy
        return None

    # --- asking -------------------------------------------------------------------------------------------------

    async def _ask(self, request: PermissionRequest, found: Found, human: HumanPort) -> Decision:
        answer = await self._answer(request, found, human)
        if not answer.allowed:
            return self._refused(request, found, answer)
        control = found.facts.control
        if answer.choice == "allow_run" and request.run and not control:
            await self.granted.make(request, run_scope(request, found), run=request.run)
        elif answer.choice == "always" and not control:
            scopes = scopes_for(request, found)
            chosen = next((scope for scope in scopes if answer.scope in (scope, scope.partition(":")[0])), "")
            chosen = chosen or (scopes[0] if scopes else "")
            if chosen and not self._already(request, chosen):
                await self.granted.make(request, chosen)
        return _yes(found, f"asked: {answer.choice}", by=answer.by, reason=answer.reason)

    def _already(self, request: PermissionRequest, scope: str) -> bool:
        return any(grant.tool == request.tool and grant.scope == scope and not grant.run for grant in self.grants())

    def _refused(self, request: PermissionRequest, found: Found, answer: Answer) -> Decision:
        if answer.by == "nobody":
            return _no("asked: nobody can answer", unattended_text(request.tool, lowest_preset(found.facts)), "nobody")
        if answer.by == "timeout":
            return _no(
                "asked: no answer in time",
                f"Nobody answered within {self._timeout_s:.0f} s, so {request.tool} was not run.",
                "timeout",
            )
        said = f" and says: {answer.reason}" if answer.reason else "; do not try the same again"
        return _no("asked: deny", f"The user refused {request.tool}{said}.", answer.by)

    async def _answer(self, request: PermissionRequest, found: Found, human: HumanPort) -> Answer:
        """Wait for the person. Identical requests share a question, which outlives the one that came first."""
        key: _Key = (
            id(human), request.run, request.tool, request.kind, request.target, request.paths, request.command,
            request.cwd, request.detail, request.network, request.sandboxed,
        )  # fmt: skip
        pending = self._pending.get(key)
        if pending is None:
            pending = _Pending(asyncio.ensure_future(human.ask(self._question(request, found))))
            self._pending[key] = pending
            pending.answer.add_done_callback(lambda _: self._pending.pop(key, None))
        pending.waiting += 1
        try:
            return await asyncio.shield(pending.answer)
        finally:
            pending.waiting -= 1
            if pending.waiting == 0 and not pending.answer.done():
                pending.answer.cancel()

    def _question(self, request: PermissionRequest, found: Found) -> Question:
        scopes = scopes_for(request, found)
        options = (
            ("allow_once", "deny")
            if found.facts.control
            else ("allow_once", "allow_run", *(("always",) if scopes else ()), "deny")
        )
        target = request.command or request.target or ", ".join(found.touched)
        return Question(
            kind="permission",
            title=self._redact(f"{request.agent} asks for {request.tool}: {' '.join(target.split())[:200]}"),
            detail=self._redact("\n".join(text for text in (request.detail or target, request.reason) if text)),
            effect=self._redact(describe(request, found)),
            options=options,
            timeout_s=self._timeout_s,
            agent=request.agent,
            team=request.team,
            run=request.run,
            tool=request.tool,
            call=request.call,
            scopes=scopes,
            reversible=request.reversible and not (found.effects is not None and found.effects.destructive),
        )


def describe(request: PermissionRequest, found: Found) -> str:
    """Return what a yes would let happen, as a person should read it before answering."""
    effect = request.effect.rstrip(".")
    lines: list[str] = [f"{effect[0].upper()}{effect[1:]}."] if effect else []
    if found.facts.control:
        lines.append("Changes files that steer Loomkin or git.")
    if found.outside_writes:
        lines.append(f"Writes outside the project: {', '.join(found.outside_writes)}.")
    elif found.outside:
        lines.append(f"Reads outside the project: {', '.join(found.outside)}.")
    if found.facts.network:
        lines.append("Reaches the network.")
    if found.effects is not None and found.effects.destructive:
        lines.append("May destroy data.")
    if not found.facts.understood and found.effects is not None:
        lines.append(f"The command could not be taken apart: {found.effects.problem}.")
    if request.kind == "execute":
        lines.append("Runs in the sandbox." if request.sandboxed else "Runs unsandboxed.")
    return "\n".join(lines)


def _no(rule: str, reason: str, by: str = "gate") -> Decision:
    return Decision(allowed=False, rule=rule, reason=reason, by=by)


def _yes(found: Found, rule: str, *, by: str = "gate", reason: str = "") -> Decision:
    outside = tuple(path for path in found.outside_writes if Path(path).is_absolute())
    return Decision(allowed=True, rule=rule, reason=reason, by=by, network=found.facts.network, outside=outside)
