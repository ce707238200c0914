# pyright: basic
"""The sidebar's content, for hosts without a sidebar: everything that needs the user, roster, feed, queues; or one part."""

from __future__ import annotations

import traitlets

from loomkin_jupyter.panels.base import Commands, Feed, LoomkinPanel, stub

PARTS = ("agents", "approvals", "changes", "claims", "cost", "feed", "queue", "tasks")


class SidebarPanel(LoomkinPanel):
    """The same module that the JupyterLab sidebar mounts, inline; ``panel`` names one of PARTS to show alone."""

    _esm = stub("sidebar")
    panel = traitlets.Unicode("").tag(sync=True)
    title = "team panel"

    def __init__(self, feed: Feed, commands: Commands, run: str = "", panel: str = "") -> None:
        super().__init__(feed, commands, run)
        self.panel = panel
