# pyright: basic
"""From a request in a cell to a run and its output: mentions, data, the card, waiting.

The first request of a kernel is on its card before there is a team: opening the workspace takes longer than a person waits
for a sign of life.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from loomkin_jupyter.kernel.display import RunDisplay
from loomkin_jupyter.kernel.notebook import with_mentions
from loomkin_jupyter.kernel.opening import Opening, StoppedEarly
from loomkin_jupyter.kernel.options import run_options
from loomkin_jupyter.kernel.runs import LoomkinRun
from loomkin_jupyter.kernel.waiting import wait_for


def ask(host: Any, request: str, options: Any) -> LoomkinRun:
    """Start a run and show it; wait when asked to, or when nobody sits in front of the notebook."""
    told = with_mentions(request, shell=host.shell, root=host.find(options.project), agents=host.agents(options.team))
    attended = host.attended()
    live = attended and host.kernel is not None
    if live and host.workspace is None:
        run, shown = _first(host, request, told, options)
    else:
        run = _begin(host, told, options, host.open(options.project))
        shown = RunDisplay(host, run.id, options.save)
    if options.name:
        host.shell.user_ns[options.name] = run
    if not run.never_began:
        _say_paused(host, options)
        _follow(host, run, shown, live=live, wait=options.wait or not attended)
    run.shown = True
    return run


def _say_paused(host: Any, options: Any) -> None:
    """Say why nothing happens: who gets the request was paused by the user."""
    team = host.workspace.teams.get(options.team)
    lead = team.roster.agents.get(team.roster.lead) if team is not None else None
    if lead is not None and lead.state.status == "paused":
        sys.stdout.write(f"{lead.name} is paused: %loomkin resume lets it begin.\n")


def go_on(host: Any, taken_up: list[Any]) -> None:
    """Show the runs that a resume took up, each as its own cell did, under the name that it was given."""
    runs = [LoomkinRun(host, run) for run in taken_up]
    host.state()  # the pump has the signals of the resume now
    attended = host.attended()
    for run, known in zip(runs, taken_up, strict=True):
        host.last_run = host.runs[run.id] = run
        if known.options.name:
            host.shell.user_ns[known.options.name] = run
    for run in runs:
        shown = RunDisplay(host, run.id)
        _follow(host, run, shown, live=attended and host.kernel is not None, wait=not attended)


def _follow(host: Any, run: LoomkinRun, shown: RunDisplay, *, live: bool, wait: bool) -> None:
    """Show a run until its record takes the card's place; ``wait`` returns then."""
    if not shown.visible and (live or not wait):
        shown.show(live=live)
    run.freeze_with(shown)
    if wait:
        _wait(host, run, shown, live=live)


def _first(host: Any, request: str, told: str, options: Any) -> tuple[LoomkinRun, RunDisplay]:
    """Paint the card, open the workspace, begin the run; what goes wrong ends on the card and is raised."""
    opening = Opening(request, options, _cell_id(host))
    shown = RunDisplay(host, opening.run, options.save, opening)
    host.opening = opening

    def look() -> None:
        try:
            opening.look()
        except StoppedEarly as stopped:
            # Shown now: what has been opened so far may take seconds to close, when the store is locked.
            opening.end_for(stopped)
            shown.freeze()
            raise

    try:
        shown.show(live=True)
        workspace = host.open(options.project, look)
        run = _begin(host, told, options, workspace, opening)
        shown.follow(host.pump)
    except BaseException as error:
        entry = opening.end_for(error)
        shown.freeze()
        if isinstance(error, StoppedEarly):
            return LoomkinRun.never(host, entry), shown
        raise
    finally:
        host.opening = None
        opening.begun.set_result(None)
    return run, shown


def _begin(host: Any, told: str, options: Any, workspace: Any, opening: Opening | None = None) -> LoomkinRun:
    """Load the data and give the team the request."""
    if options.data:
        from loomkin_jupyter.workspace.namespace import load_data

        host.shell.user_ns.update(load_data(options.data))
    if opening is not None:
        opening.ask()
    asked = host.call(workspace.ask(told, run_options(options, _cell_id(host), run=opening.run if opening else "")))
    run = LoomkinRun(host, wait_for(asked, host.mainthread.serve, on_interrupt=_stopping(host, asked)))
    host.last_run = host.runs[run.id] = run
    host.state()  # the pump has the run's first signals now, so that the card is painted with them
    return run


def _stopping(host: Any, asked: Any) -> Callable[[], Any]:
    """Return what stops the run of a request that was interrupted while it began."""

    def stop(done: Any) -> None:
        if not done.cancelled() and done.exception() is None:
            host.commands({"do": "stop", "run": done.result().id, "reason": "interrupted by the user"})

    return lambda: asked.add_done_callback(stop)


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
