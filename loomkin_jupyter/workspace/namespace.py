"""The command line's namespace: variables loaded by ``--data``, on one thread of its own (a KernelPort without a kernel).

Owns its dictionary and its thread. Code that overruns its limit gets ``TimeUp`` raised inside it; C code that does not
return to Python cannot be stopped, which is said in the result.
"""

from __future__ import annotations

import asyncio
import ctypes
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from loomkin_jupyter.core.errors import ToolFailed, UsageError
from loomkin_jupyter.core.ports import Evaluation
from loomkin_jupyter.workspace.evaluate import TimeUp, evaluate

T = TypeVar("T")

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


class Namespace:
    """Variables by name; reads and code run one at a time on a daemon thread."""

    def __init__(self, variables: dict[str, Any] | None = None) -> None:
        self.variables: dict[str, Any] = {"__name__": "__main__", **(variables or {})}
        self._jobs: queue.SimpleQueue[tuple[Callable[[], None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="loomkin-namespace", daemon=True)
        self._thread.start()

    @property
    def live(self) -> bool:
        return False

    async def call(self, work: Callable[[dict[str, Any]], T], *, agent: str, limit_s: float = 0.2) -> T:
        """Run a read of the namespace; a read has no limit here, nobody's cell waits for it."""
        return await self._submit(lambda: work(self.variables))

    async def evaluate(self, code: str, *, agent: str, limit_s: float = 10.0) -> Evaluation:
        """Run code; after ``limit_s`` seconds it is stopped from inside."""
        future = asyncio.ensure_future(self._submit(lambda: evaluate(code, self.variables)))
        done, _ = await asyncio.wait([future], timeout=limit_s)
        if not done:
            self._raise_in_thread()
            done, _ = await asyncio.wait([future], timeout=2.0)
        if not done:
            future.cancel()
            raise ToolFailed(
                f"The code did not stop after {limit_s:g} s: it is inside a library that does not return to Python. "
                "Work on a smaller part of the data."
            )
        return future.result()

    def close(self) -> None:
        """End the thread after what is queued."""
        self._jobs.put(None)

    async def _submit(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(value: Any, failed: BaseException | None) -> None:
            if future.done():
                return
            if failed is None:
                future.set_result(value)
            else:
                future.set_exception(failed)

        def job() -> None:
            try:
                value: Any = work()
            except TimeUp:
                loop.call_soon_threadsafe(settle, None, ToolFailed("The read used up its time and was stopped."))
            except Exception as failed:
                loop.call_soon_threadsafe(settle, None, failed)
            else:
                loop.call_soon_threadsafe(settle, value, None)

        self._jobs.put((job,))
        return await future

    def _serve(self) -> None:
        while (item := self._jobs.get()) is not None:
            try:
                item[0]()
            except (TimeUp, RuntimeError):
                # The stop arrived between two jobs, or the loop has gone: the thread lives on.
                continue

    def _raise_in_thread(self) -> None:
        if self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident), ctypes.py_object(TimeUp))


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
