# pyright: basic
"""The run card: the default output of a request."""

from __future__ import annotations

from loomkin_jupyter.panels.base import LoomkinPanel, stub


class RunCardPanel(LoomkinPanel):
    """Alive, doing what, needs you, changed what, how far, cost of limit, stop."""

    _esm = stub("run_card")
    title = "run card"
