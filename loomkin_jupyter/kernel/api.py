# pyright: basic
"""The magics' Python twins: ``ask``, ``team``, ``graph``, ``panel``, ``resume``."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.kernel.host import current
from loomkin_jupyter.kernel.options import parse

_WHOLE = ("sidebar", "card", "graph")


def ask(request: str, *, wait: bool = False, **options: Any) -> Any:
    """Give the team a request and return the run; options are those of ``%%loomkin`` (model, budget, trust, share, team …)."""
    from loomkin_jupyter.kernel import asking

    parsed, _ = parse("")
    parsed.wait = wait
    for name, value in options.items():
        if not hasattr(parsed, name):
            raise UsageError(
                f"ask() has no option {name!r}.{nearest(name, vars(parsed))}", "%%loomkin --help shows the options."
            )
        setattr(parsed, name, tuple(value) if name == "roles" else value)
    return asking.ask(current(), request, parsed)


class TeamView:
    """The team as a value: its repr says who does what; ``panel(name)`` shows more."""

    def __init__(self, host: Any) -> None:
        self._host = host

    @property
    def agents(self) -> list[str]:
        """Their names."""
        return list(self._host.state()["agents"])

    def panel(self, name: str = "sidebar") -> Any:
        """Return a panel to display: the whole sidebar, card or graph, or one part such as queue, tasks or cost."""
        return panel(name)

    def __repr__(self) -> str:
        from loomkin_jupyter.kernel.subcommands import agents

        return agents(self._host, "")


def team() -> TeamView:
    """Return the team of this kernel."""
    host = current()
    host.open()
    return TeamView(host)


def graph() -> Any:
    """Return the decision graph of the workspace as a panel."""
    return panel("graph")


def panel(name: str = "sidebar") -> Any:
    """Return a panel to display: sidebar, card or graph, or one part of the sidebar (agents, approvals, queue, cost …)."""
    from loomkin_jupyter.panels.graph import GraphPanel
    from loomkin_jupyter.panels.run_card import RunCardPanel
    from loomkin_jupyter.panels.sidebar import PARTS, SidebarPanel

    known = (*_WHOLE, *PARTS)
    if name not in known:
        raise UsageError(f"There is no panel {name!r}.{nearest(name, known)}", f"Panels: {', '.join(known)}.")
    host = current()
    host.open()
    host.state()
    if name in PARTS:
        return SidebarPanel(host.pump, host.commands, panel=name)
    classes: dict[str, Any] = {"sidebar": SidebarPanel, "card": RunCardPanel, "graph": GraphPanel}
    return classes[name](host.pump, host.commands)


def resume() -> str:
    """Let the team of this project go on where a dead kernel left it."""
    from loomkin_jupyter.kernel.subcommands import resume as go_on

    return go_on(current(), "")
