"""Runs that an earlier process left: nothing of theirs goes on until each was followed or given up."""

from __future__ import annotations

import asyncio


class CarriedRuns:
    """What was decided about runs. Used on the loop's thread only."""

    def __init__(self) -> None:
        self._decided: dict[str, asyncio.Future[bool]] = {}

    def found(self, run: str) -> None:
        """Know an unfinished run of an earlier process: whoever works on it waits for the decision."""
        self._future(run)

    def decide(self, run: str, goes_on: bool) -> None:
        """Let a run go on, or give it up; the first decision holds."""
        future = self._future(run)
        if not future.done():
            future.set_result(goes_on)

    def over(self, run: str) -> None:
        """A run of this process has ended: what was left of it is not taken up again."""
        self._decided.pop(run, None)

    def undecided(self, run: str) -> bool:
        """Return whether a run still waits for its decision."""
        future = self._decided.get(run)
        return future is not None and not future.done()

    async def goes_on(self, run: str) -> bool:
        """Wait until it is decided whether a run goes on; one that had ended does not."""
        if run not in self._decided:
            return not run
        return await asyncio.shield(self._decided[run])

    def __contains__(self, run: str) -> bool:
        return run in self._decided

    def _future(self, run: str) -> asyncio.Future[bool]:
        future = self._decided.get(run)
        if future is None:
            future = self._decided[run] = asyncio.get_running_loop().create_future()
        return future
