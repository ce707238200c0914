# pyright: basic
"""``%load_ext loomkin_jupyter``: registers the magics, the control messages and the sidebar's comm; opens nothing."""

from __future__ import annotations

from typing import Any

MAGICS = ("%loomkin", "%%loomkin")


def load_ipython_extension(shell: Any) -> None:
    """Make ``%%loomkin`` and ``%loomkin`` available in this kernel."""
    from loomkin_jupyter.kernel import control, feed
    from loomkin_jupyter.kernel.host import host_of
    from loomkin_jupyter.kernel.magics import LoomkinMagics, complete, keep_questions

    host = host_of(shell)
    shell.register_magics(LoomkinMagics(shell, host))
    control.register(host)
    host.begin()
    feed.register(host)

    def completer(_: Any, event: Any) -> list[str]:
        return complete(host, event)

    if keep_questions not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(keep_questions)
    for magic in MAGICS:
        if magic not in shell.strdispatchers["complete_command"].strs:
            shell.set_hook("complete_command", completer, str_key=magic)


def unload_ipython_extension(shell: Any) -> None:
    """Close the team of this kernel; what it did stays in the project."""
    from loomkin_jupyter.kernel import control, feed
    from loomkin_jupyter.kernel.host import host_of
    from loomkin_jupyter.kernel.magics import keep_questions

    host = host_of(shell)
    control.unregister(host)
    host.close()
    feed.unregister(host)
    if keep_questions in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(keep_questions)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("loomkin", None)
