"""The way of every tool call, and the one boundary where a broad ``except`` is right.

resolve → role → arguments → permission → claims → slot → intent committed → run within its limit → redaction →
truncation → intent finished. Owns no tool and no policy. Whatever a tool does, what comes out is a ToolResult; only
cancellation passes through, after the tool's own cleaning up.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable
from typing import Any

from loomkin_jupyter.core.errors import LoomkinError, ToolFailed, ToolRetry
from loomkin_jupyter.core.messages import JsonObject, ToolCall
from loomkin_jupyter.policy.gate import PermissionRequest
from loomkin_jupyter.policy.paths import PathRefused
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import intents
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.tools.arguments import convert_arguments, parse_arguments
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, Plan, ToolSpec
from loomkin_jupyter.tools.isolated import run_isolated
from loomkin_jupyter.tools.registry import ORCHESTRATING_LOSES, Registry
from loomkin_jupyter.tools.result import Output, ResultStatus, ToolRefused, ToolResult
from loomkin_jupyter.tools.show import show
from loomkin_jupyter.tools.truncate import truncate

_CLEANING_UP_S = 3.0


class Toolbox:
    """Runs calls against a registry. Holds no state but counts; safe to share between agents."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._running = 0
        self._calls: dict[str, int] = {}
        self._timeouts = 0

    def parallel(self, name: str) -> bool:
        """Return whether calls of this tool may run beside others of the same answer."""
        try:
            return self.registry.get(name).parallel
        except ToolRetry:
            return False

    async def call(self, ctx: ToolContext, call: ToolCall) -> ToolResult:
        """Run one call to its end. Raises nothing but CancelledError."""
        ctx = ctx.for_call(call.id)
        self._running += 1
        try:
            result = await self._answered(ctx, call)
        finally:
            self._running -= 1
        self._calls[result.status] = self._calls.get(result.status, 0) + 1
        return result

    async def _answered(self, ctx: ToolContext, call: ToolCall) -> ToolResult:
        """Turn every way of failing into a result that a model can read."""
        try:
            return await self._through(ctx, call)
        except (ToolRefused, PathRefused) as failed:
            return ToolResult(self._clean(ctx, str(failed)), "refused")
        except ToolFailed as failed:
            return ToolResult(self._clean(ctx, str(failed)), "failed")
        except LoomkinError as failed:
            return ToolResult(self._clean(ctx, str(failed)), "failed")
        except Exception as failed:  # the tool boundary's door: the model reads what happened
            return ToolResult(self._clean(ctx, _crash(call.name, failed)), "failed")

    async def _through(self, ctx: ToolContext, call: ToolCall) -> ToolResult:
        try:
            spec = self.registry.get(call.name)
            self._check_role(ctx, spec)
            arguments = convert_arguments(spec, parse_arguments(spec, call.arguments))
        except ToolRetry as failed:
            return ToolResult(self._clean(ctx, str(failed)), "failed", mistake=True)
        plan = spec.plan(ctx, arguments) if spec.plan else _default_plan(spec, arguments)
        if ctx.orchestrating and plan.category in ORCHESTRATING_LOSES:
            raise ToolRefused(_refusal(ctx, spec))
        refused = await self._permission(ctx, spec, plan, call)
        if refused:
            return ToolResult(self._clean(ctx, refused), "refused")
        for path in plan.writes:
            ctx.claims.check_write(ctx.caller, path, None, None)
        async with ctx.services.slots.take(spec.slot):
            return await self._under_intent(ctx, spec, arguments, call)

    def _check_role(self, ctx: ToolContext, spec: ToolSpec) -> None:
        """Refuse what the role may not do, also when the model names a tool that it was never offered."""
        if not self.registry.allows(spec, ctx.caller.role, orchestrating=ctx.orchestrating):
            raise ToolRefused(_refusal(ctx, spec))

    async def _permission(self, ctx: ToolContext, spec: ToolSpec, plan: Plan, call: ToolCall) -> str:
        """Return why the call may not run, or ''."""
        request = PermissionRequest(
            call=ctx.caller.call,
            agent=ctx.caller.agent,
            team=ctx.caller.team,
            run=ctx.caller.run,
            role=ctx.caller.role,
            tool=spec.name,
            kind=plan.kind or spec.kind,
            category=plan.category or spec.category,
            target=plan.target,
            paths=plan.paths,
            command=plan.command,
            detail=plan.detail or ctx.services.redactor(call.arguments)[:4000],
            effect=plan.effect,
            cwd=str(ctx.session.cwd) if plan.command is not None else "",
            sandboxed=plan.sandboxed,
            network=plan.network,
            # Only writes that keep the bytes from before can be taken back (loomkin undo).
            reversible=spec.own_intent or (plan.kind or spec.kind) in ("read", "coordinate"),
        )
        ctx.approved = frozenset(ctx.services.confinement.locate(path) for path, _ in plan.paths)
        decision = await ctx.services.gate.decide(request, ctx.human, preset=ctx.policy.preset)
        if decision.allowed:
            ctx.decision = decision
            return ""
        return f"{spec.name} was not permitted: {decision.reason or decision.rule} Nothing was done."

    async def _under_intent(
        self, ctx: ToolContext, spec: ToolSpec, arguments: dict[str, Any], call: ToolCall
    ) -> ToolResult:
        """Commit what is about to happen, let it happen, commit what became of it."""
        noted = spec.side_effect and not spec.own_intent
        if noted:
            await _begin(ctx, spec.name, call.arguments)
        status: ResultStatus = "failed"
        text = ""
        try:
            output = await self._limited(ctx, spec, self._run(ctx, spec, arguments))
            result = await self._result(ctx, spec, output)
            status, text = "ok", result.text
            return result
        except asyncio.CancelledError:
            status = "cancelled"
            raise
        except ToolFailed as failed:
            text = str(failed)
            raise
        finally:
            if noted:
                await _finish(ctx, spec, status, self._clean(ctx, text))

    async def _limited(self, ctx: ToolContext, spec: ToolSpec, work: Awaitable[Any]) -> Any:
        """Await the tool within its limit, measured by the injected clock."""
        if spec.deadline_exempt:
            return await work
        limit = spec.timeout_s if spec.timeout_s is not None else float(ctx.services.setting("tools.timeout_s"))
        running = asyncio.ensure_future(work)
        timer: asyncio.Future[None] | None = None
        try:
            await asyncio.sleep(0)
            if running.done():  # most tools that only read have no need of a timer
                return running.result()
            timer = asyncio.ensure_future(ctx.services.clock.sleep(limit))
            await asyncio.wait({running, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                self._timeouts += 1
                await _stop(running)
                raise ToolFailed(f"{spec.name} did not end within {limit:g} s and was stopped; its outcome is unknown.")
            return running.result()
        except asyncio.CancelledError:
            await _stop(running)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    async def _run(self, ctx: ToolContext, spec: ToolSpec, arguments: dict[str, Any]) -> Any:
        if spec.isolated:
            return await run_isolated(ctx, spec, arguments)
        positional = (ctx,) if spec.takes_context else ()
        if spec.is_async:
            return await spec.function(*positional, **arguments)
        try:
            return await run_blocking(lambda: spec.function(*positional, **arguments))
        except SystemExit as left:
            raise ToolFailed(f"{spec.name} called exit ({left.code}).") from None

    async def _result(self, ctx: ToolContext, spec: ToolSpec, output: Any) -> ToolResult:
        shown = output if isinstance(output, Output) else show(output, ctx.share)
        text = self._clean(ctx, shown.text)
        tail = self._clean(ctx, shown.tail)
        text, keeper = await truncate(ctx, spec.name, text, tail)
        return ToolResult(text=text, keeper=keeper, images=shown.images, data=shown.data)

    @staticmethod
    def _clean(ctx: ToolContext, text: str) -> str:
        """Take secrets out, and halves of characters that no encoding can carry."""
        return ctx.services.redactor(text).encode("utf-8", "replace").decode("utf-8")

    def statistics(self) -> JsonObject:
        """Return counts for panels and doctor."""
        return {"running": self._running, "calls": dict(self._calls), "timeouts": self._timeouts}


async def _begin(ctx: ToolContext, tool: str, arguments: str) -> None:
    """Commit that this call is about to have an effect."""
    caller = ctx.caller
    shown = ctx.services.redactor(arguments)
    await ctx.services.store.transact(lambda tx: intents.begin(tx, caller.call, caller.agent, caller.team, tool, shown))


async def _finish(ctx: ToolContext, spec: ToolSpec, status: ResultStatus, text: str) -> None:
    """Commit what became of the call. Runs to its end also when the caller is cancelled meanwhile."""
    caller = ctx.caller

    def work(tx: Tx) -> None:
        if spec.kind in ("write", "execute", "network") and text:
            intents.effect(tx, caller.call, text, agent=caller.agent, team=caller.team)
        intents.finish(tx, caller.call, status, agent=caller.agent, team=caller.team)

    await asyncio.shield(asyncio.ensure_future(ctx.services.store.transact(work)))


async def _stop(running: asyncio.Future[Any]) -> None:
    """Cancel a tool and give it time to kill what it started."""
    running.cancel()
    await asyncio.wait({running}, timeout=_CLEANING_UP_S)


def _default_plan(spec: ToolSpec, arguments: dict[str, Any]) -> Plan:
    path = arguments.get("file_path") or arguments.get("path")
    if isinstance(path, str):
        mode = "write" if spec.kind == "write" else "read"
        return Plan(target=path, paths=((path, mode),))
    return Plan(target=spec.name)


def _refusal(ctx: ToolContext, spec: ToolSpec) -> str:
    who = ", ".join(role for role in spec.roles if role != ctx.caller.role) or "nobody"
    if ctx.orchestrating and (ALL in spec.roles or ctx.caller.role in spec.roles):
        return f"{spec.name} is not for a lead whose team has specialists: hand the work over with team_assign or peer_message."
    return (
        f"{spec.name} is not for the role {ctx.caller.role}; it belongs to: {who}. Ask one of them with peer_message."
    )


def _crash(name: str, failed: Exception) -> str:
    """Say what an unexpected error was and where, without the values that stood around it."""
    frames = traceback.extract_tb(failed.__traceback__)
    place = f" at line {frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return f"{name} failed with {type(failed).__name__}: {failed}{place}."
