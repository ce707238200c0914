"""Pausing, resuming and stopping one agent. The only place that does; the loop passes ``gate`` at every checkpoint.

A pause that arrives while a person is asked is queued: the question is answered first, the pause follows at the next
checkpoint. A stop does not wait for a checkpoint: it cancels what the turn is doing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from loomkin_jupyter.agents.state import AgentState
from loomkin_jupyter.core.status import AgentStatus


class Steering:
    """The levers of one agent."""

    def __init__(self, state: AgentState) -> None:
        self._state = state
        self._open = asyncio.Event()
        self._open.set()
        self._turn: asyncio.Task[object] | None = None
        self.stop_reason = ""
        self.pause_reason = ""

    @property
    def pausing(self) -> bool:
        """Whether a pause is wanted (it may still wait for a checkpoint or an open question)."""
        return not self._open.is_set()

    async def pause(self, reason: str = "") -> None:
        """Pause now when idle, at the next checkpoint when working, after the answer when a question is open."""
        self._open.clear()
        self.pause_reason = reason
        if self._state.status in ("idle", "starting"):
            await self._state.become("paused", reason)

    def hold(self, reason: str) -> None:
        """Be paused without saying so: as before a restart, or when nothing can be written."""
        self._open.clear()
        self.pause_reason = reason

    async def held(self) -> None:
        """Wait while paused, and touch nothing."""
        await self._open.wait()

    async def resume(self) -> None:
        """Lift the pause. The agent goes on where it was."""
        if self._state.status == "paused" and self._turn is None:
            await self._state.become("idle", "resumed")
        self._open.set()

    async def gate(self) -> None:
        """Wait here while paused; the status says so."""
        while not self._open.is_set():
            was: AgentStatus = "working" if self._turn is not None else "idle"
            await self._state.become("paused", self.pause_reason)
            await self._open.wait()
            if self._state.status == "paused":
                await self._state.become(was, "resumed")

    async def during(self, turn: Callable[[], Awaitable[None]]) -> bool:
        """Run a turn that ``stop`` can cancel; return False when it was stopped."""
        self.stop_reason = ""
        self._turn = asyncio.ensure_future(_run(turn))
        try:
            await asyncio.wait([self._turn])
        except asyncio.CancelledError:
            await _cancelled(self._turn)
            raise
        finally:
            task, self._turn = self._turn, None
        if task.cancelled():
            return False
        task.result()
        return True

    async def stop(self, reason: str = "stopped") -> bool:
        """Cancel the turn under way, model call and tools included; return whether there was one."""
        task = self._turn
        if task is None:
            return False  # nothing to cancel; somebody who is paused before a turn stays paused
        self._open.set()
        self.pause_reason = ""
        self.stop_reason = reason
        await _cancelled(task)
        return True


async def _run(turn: Callable[[], Awaitable[None]]) -> None:
    await turn()


async def _cancelled(task: asyncio.Task[object]) -> None:
    """Cancel and wait until it has cleaned up; its outcome belongs to whoever runs the turn."""
    task.cancel()
    await asyncio.wait([task])
