# pyright: basic
"""``%load_ext loomkin_jupyter``: registers the magics, the control messages and the sidebar's comm; opens nothing."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Make ``%%loomkin`` and ``%loomkin`` available in this kernel."""
    from loomkin_jupyter.kernel import control, feed
    from loomkin_jupyter.kernel.host import host_of
    from loomkin_jupyter.kernel.magics import LoomkinMagics, complete

    host = host_of(shell)
    shell.register_magics(LoomkinMagics(shell, host))
    control.register(host)
    if host.feeds is None:
        host.feeds = feed.register(host)
    else:
        feed.announce(host)

    def completer(_: Any, event: Any) -> list[str]:
        return complete(host, event)

    shell.set_hook("complete_command", completer, str_key="%loomkin")
    shell.set_hook("complete_command", completer, str_key="%%loomkin")


def unload_ipython_extension(shell: Any) -> None:
    """Close the team of this kernel; what it did stays in the project."""
    from loomkin_jupyter.kernel import control
    from loomkin_jupyter.kernel.host import host_of

    host = host_of(shell)
    control.unregister(host)
    host.close()
