# pyright: basic
"""From a request in a cell to a run and its output: mentions, data, the card, waiting."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.kernel.display import RunDisplay
from loomkin_jupyter.kernel.notebook import with_mentions
from loomkin_jupyter.kernel.options import run_options
from loomkin_jupyter.kernel.runs import LoomkinRun


def ask(host: Any, request: str, options: Any) -> LoomkinRun:
    """Start a run and show it; wait when asked to, or when nobody sits in front of the notebook."""
    workspace = host.open(options.project)
    agents = host.agents(options.team)
    told = with_mentions(request, shell=host.shell, root=host.root, agents=agents)
    if options.data:
        from loomkin_jupyter.workspace.namespace import load_data

        host.shell.user_ns.update(load_data(options.data))
    attended = host.attended()
    cell = _cell_id(host)
    started = host.wait(workspace.ask(told, run_options(options, cell)))
    run = LoomkinRun(host, started)
    host.last_run = host.runs[run.id] = run
    host.state()  # the pump has the run's first signals now, so that the card is painted with them
    if options.name:
        host.shell.user_ns[options.name] = run
    wait = options.wait or not attended
    live = attended and host.kernel is not None
    shown = RunDisplay(host, run.id, options.save)
    if live or not wait:
        shown.show(live=live)
    run.freeze_with(shown)
    if wait:
        _wait(host, run, shown, live=live)
    run.shown = True
    return run


def _wait(host: Any, run: LoomkinRun, shown: RunDisplay, *, live: bool) -> None:
    try:
        run.wait()
    finally:
        host.state()  # its last signals are in the record then
        if not live:
            shown.show(live=False, last=run.ended)
        elif run.ended:
            shown.freeze()


def _cell_id(host: Any) -> str:
    header = getattr(host.kernel, "get_parent", dict)() or {}
    metadata = header.get("metadata", {}) if isinstance(header, dict) else {}
    return str(metadata.get("cellId", ""))
