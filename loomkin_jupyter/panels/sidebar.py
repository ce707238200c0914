# pyright: basic
"""The sidebar's content, for hosts without a sidebar: everything that needs the user, roster, feed, queues."""

from __future__ import annotations

from loomkin_jupyter.panels.base import LoomkinPanel, stub


class SidebarPanel(LoomkinPanel):
    """The same module that the JupyterLab sidebar mounts, inline."""

    _esm = stub("sidebar")
    title = "team panel"
