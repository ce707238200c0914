# pyright: basic
"""Records of runs for notebooks, from a project's journal; and their places in a notebook. Pure but for the reading.

An output of ours names its run in its metadata. It can no longer live when the kernel that made it is gone, or when its run
has ended: then the record takes its place. Outputs without a widget are never touched, so doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.server.reading import read_projection
from loomkin_jupyter.views.static.bundle import bundle, closed, died

WIDGET = "application/vnd.jupyter.widget-view+json"


class End(msgspec.Struct, frozen=True):
    """How a kernel ended, as far as this server saw it: ``how`` is died or closed."""

    at: float
    how: str = "died"


class Told(msgspec.Struct, frozen=True):
    """What a journal tells of its runs: the state, and each run's last sign of life."""

    state: JsonObject
    signs: dict[str, float]

    def running_since(self, run: str) -> float:
        """Return when a run began of which the journal knows no end; minus infinity for any other."""
        entry = self.state["runs"].get(run, {})
        return float(entry["started"]) if entry.get("status") == "running" else float("-inf")

    def bundle(self, run: str, level: str, end: End | None) -> dict[str, str] | None:
        """Return the static bundle of a run that goes on no more here, or None for a run that the journal does not know."""
        if run not in self.state["runs"]:
            return None
        sign = self.signs.get(run, 0.0)
        if end is None or end.at < sign:
            words = died(None, sign)
        else:
            words = died(end.at, sign) if end.how == "died" else closed(end.at)
        return bundle(self.state, run, level, interrupted=words)


def read_told(root: Path) -> Told:
    """Read the journal of a project (blocking).

    :raises LoomkinError: when there is none, or it cannot be read.
    """
    signs: dict[str, float] = {}

    def note(signal: Any) -> None:
        if signal.run:
            signs[signal.run] = max(signal.time, signs.get(signal.run, 0.0))

    return Told(read_projection(root, note), signs)


def run_of(output: JsonObject) -> str:
    """Return the run that an output shows, or ''."""
    return str(_ours(output).get("run", ""))


def level_of(output: JsonObject) -> str:
    """Return how much of the run the notebook was to keep."""
    level = _ours(output).get("save", "summary")
    return level if level in ("none", "summary", "full") else "summary"


def is_live(output: JsonObject) -> bool:
    """Whether an output claims to be the live card of a run."""
    return bool(run_of(output)) and WIDGET in (output.get("data") or {})


def live_runs(notebook: JsonObject) -> set[str]:
    """Return the runs whose cards a notebook shows as live."""
    return {run_of(output) for cell in _code(notebook) for output in cell["outputs"] if is_live(output)}


def put_records(notebook: JsonObject, record: Callable[[str, str], dict[str, str] | None]) -> int:
    """Put ``record(run, level)`` in the place of each live card (None leaves it); return how many were replaced."""
    put = 0
    for cell in _code(notebook):
        for index, output in enumerate(cell["outputs"]):
            data = record(run_of(output), level_of(output)) if is_live(output) else None
            if data is not None:
                cell["outputs"][index] = _output(data, dict(output["metadata"]))
                put += 1
    return put


def put_missing(notebook: JsonObject, runs: Iterable[tuple[str, str, dict[str, str]]]) -> int:
    """Put records of runs ``(run, cell, data)`` into cells that show nothing else than older runs of ours.

    That is a notebook that was saved before its cell ran, or ran again: the page with the output is gone.
    """
    shown = {run_of(output) for cell in _code(notebook) for output in cell["outputs"]}
    cells = {cell.get("id"): cell for cell in _code(notebook)}
    put = 0
    for run, place, data in runs:
        cell = cells.get(place)
        if cell is not None and run not in shown and all(run_of(output) for output in cell["outputs"]):
            cell["outputs"] = [_output(data, {"loomkin": {"run": run}})]
            put += 1
    return put


def _ours(output: JsonObject) -> JsonObject:
    metadata = output.get("metadata")
    ours = metadata.get("loomkin") if isinstance(metadata, dict) else None
    return ours if isinstance(ours, dict) else {}


def _output(data: dict[str, str], metadata: JsonObject) -> JsonObject:
    return {"output_type": "display_data", "data": dict(data), "metadata": metadata}


def _code(notebook: JsonObject) -> Iterator[Any]:
    return (cell for cell in notebook.get("cells", ()) if cell.get("cell_type") == "code" and "outputs" in cell)
