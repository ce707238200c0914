"""The command line's namespace: variables loaded by ``--data``, on one thread of its own (a KernelPort without a kernel).

Owns its dictionary and its thread. Code that overruns its limit gets ``TimeUp`` raised inside it; C code that does not
return to Python cannot be stopped, which is said in the result.
"""

from __future__ import annotations

import asyncio
import ctypes
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from loomkin_jupyter.core.errors import ToolFailed, UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.ports import Evaluation
from loomkin_jupyter.tools.kernel import visible_names
from loomkin_jupyter.workspace.evaluate import TimeUp, evaluate

T = TypeVar("T")
_STOP_S = 2.0

READERS: dict[str, str] = {
    ".csv": "read_csv",
    ".tsv": "read_table",
    ".json": "read_json",
    ".ndjson": "read_json",
    ".jsonl": "read_json",
    ".parquet": "read_parquet",
    ".feather": "read_feather",
    ".xlsx": "read_excel",
    ".pkl": "",
}


class NoNotebook:
    """The NotebookPort of the command line: there is no notebook, proposals are shown as text only."""

    path = ""

    def propose(self, proposal: JsonObject) -> None:
        """Nothing to show it in: the signal reaches whoever looks."""


class Namespace:
    """Variables by name; reads and code run one at a time on a daemon thread.

    The thread runs one job after another; ``TimeUp`` is raised in it only while the job that overran is the current one
    (the lock), and one that arrives late is caught between jobs.
    """

    def __init__(self, variables: dict[str, Any] | None = None) -> None:
        self.variables: dict[str, Any] = {"__name__": "__main__", **(variables or {})}
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._current: Job | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="loomkin-namespace", daemon=True)
        self._thread.start()

    @property
    def live(self) -> bool:
        return False

    def names(self) -> Sequence[str]:
        """Return the variables there are at this moment."""
        return visible_names(self.variables)

    async def call(self, work: Callable[[dict[str, Any]], T], *, agent: str, limit_s: float = 0.2) -> T:
        """Run a read of the namespace; a read has no limit here, nobody's cell waits for it."""
        job = self._submit(lambda: work(self.variables))
        return await job.future

    async def evaluate(self, code: str, *, agent: str, limit_s: float = 10.0) -> Evaluation:
        """Run code; after ``limit_s`` seconds of its own it is stopped from inside. Waiting for its turn does not count."""
        job = self._submit(lambda: evaluate(code, self.variables))
        try:
            await job.began
            done, _ = await asyncio.wait([job.future], timeout=limit_s)
            if not done:
                self._stop(job)
                done, _ = await asyncio.wait([job.future], timeout=_STOP_S)
        except asyncio.CancelledError:
            job.cancelled = True
            self._stop(job)
            raise
        if not done:
            raise ToolFailed(
                f"The code did not stop after {limit_s:g} s: it is inside a library that does not return to Python. "
                "Work on a smaller part of the data."
            )
        return job.future.result()

    def close(self) -> None:
        """Stop the code that runs and end the thread; what is queued fails. A second call does nothing."""
        self._closed = True
        self._jobs.put(None)
        current = self._current
        if current is not None:
            self._stop(current)

    def _submit(self, work: Callable[[], T]) -> Job:
        if self._closed:
            raise ToolFailed("The namespace is closed: the team is shutting down.")
        job = Job(work)
        self._jobs.put(job)
        return job

    def _serve(self) -> None:
        job: Job | None = None
        while True:
            try:
                job = self._jobs.get()
                if job is None:
                    break
                self._run(job)
            except TimeUp:
                # It arrived when the work had ended but nobody had been told yet.
                if job is not None:
                    job.settle(None, ToolFailed("The code used up its time and was stopped."))
        while not self._jobs.empty():
            left = self._jobs.get()
            if left is not None:
                left.settle(None, ToolFailed("The namespace was closed before this ran."))

    def _run(self, job: Job) -> None:
        if job.cancelled:
            return
        with self._lock:
            self._current = job
        value: Any = None
        failed: Exception | None = None
        try:
            job.begin()
            value = job.work()
        except TimeUp:
            failed = ToolFailed("The read used up its time and was stopped.")
        except Exception as error:  # carried to the one who waits on another thread, not swallowed
            failed = error
        finally:
            with self._lock:
                self._current = None
            job.settle(value, failed)

    def _stop(self, job: Job) -> None:
        """Raise TimeUp in the thread, if ``job`` is what it runs."""
        with self._lock:
            if self._current is job and self._thread.ident is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident), ctypes.py_object(TimeUp))


class Job:
    """One piece of work and the futures, on the asker's loop, that say when it began and what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self.work = work
        self.began: asyncio.Future[None] = self._loop.create_future()
        self.future: asyncio.Future[Any] = self._loop.create_future()
        self.cancelled = False

    def begin(self) -> None:
        """Say that it runs now."""
        self._post(self.began, None, None)

    def settle(self, value: Any, failed: Exception | None) -> None:
        """Say what came of it."""
        self._post(self.began, None, None)
        self._post(self.future, value, failed)

    def _post(self, future: asyncio.Future[Any], value: Any, failed: Exception | None) -> None:
        try:
            self._loop.call_soon_threadsafe(_set, future, value, failed)
        except RuntimeError:
            return  # the loop has been closed: nobody waits any more


def _set(future: asyncio.Future[Any], value: Any, failed: Exception | None) -> None:
    if future.done():
        return
    if failed is None:
        future.set_result(value)
    else:
        future.set_exception(failed)
        future.exception()  # whoever was cancelled meanwhile does not look at it


def load_data(data: dict[str, str]) -> dict[str, Any]:
    """Return the variables of ``--data NAME=FILE``; the reader is chosen by the file's ending (pandas).

    :raises UsageError: for an ending nobody reads or a file that cannot be read.
    """
    import pandas as pd

    loaded: dict[str, Any] = {}
    for name, file in data.items():
        path = Path(file)
        ending = next((e for e in reversed(path.suffixes) if e in READERS), "")
        reader = READERS.get(ending, "")
        if not reader:
            known = ", ".join(e for e, r in READERS.items() if r)
            raise UsageError(
                f"--data {name}={file}: no reader for {path.suffix or 'a file without ending'}.", f"Known: {known}."
            )
        options: dict[str, Any] = {"lines": True} if ending in (".ndjson", ".jsonl") else {}
        try:
            loaded[name] = getattr(pd, reader)(path, **options)
        except (ValueError, OSError, ImportError, KeyError) as failed:
            raise UsageError(
                f"--data {name}={file} could not be read: {failed}.", "Check the file, or load it yourself."
            ) from None
    return loaded
