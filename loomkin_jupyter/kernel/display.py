# pyright: basic
"""What a cell shows: the live card while the run goes on, then a static bundle without a widget in its place.

The static bundle also replaces the card on a crash, an interrupt and at the kernel's end.
"""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.views.static.document import run_document
from loomkin_jupyter.views.static.html import to_html
from loomkin_jupyter.views.static.markdown import to_markdown
from loomkin_jupyter.views.static.text import summary

OUTPUT_MOST = 200_000


def bundle(state: JsonObject, run: str, level: str = "summary") -> dict[str, str]:
    """Return the static bundle of a run; too long a record is told with less detail."""
    for tried in dict.fromkeys((level, "summary", "none")):
        blocks = run_document(state, run, level=tried)
        data = {"text/html": to_html(blocks), "text/markdown": to_markdown(blocks), "text/plain": summary(blocks)}
        if sum(len(text.encode()) for text in data.values()) < OUTPUT_MOST:
            return data
    return data


class RunDisplay:
    """One run's output in its cell."""

    def __init__(self, host: Any, run: str, level: str = "summary") -> None:
        self._host = host
        self._run = run
        self._level = level
        self._panel: Any = None
        self._handle: Any = None
        self._frozen = False

    def show(self, *, live: bool) -> None:
        """Show the card; without a page to be live on, the static record at once (it is replaced at the end)."""
        from IPython.core.display_functions import display

        if live:
            from loomkin_jupyter.panels.run_card import RunCardPanel

            self._panel = RunCardPanel(self._host.pump, self._host.commands, self._run)
            self._handle = display(self._panel, display_id=True)
        else:
            self._handle = display(bundle(self._host.pump.state(), self._run, self._level), raw=True, display_id=True)
        self._host.displays.append(self)

    def freeze(self) -> None:
        """Put the static record in the card's place; from any thread; a second call does nothing."""
        if self._frozen or self._handle is None:
            return
        self._frozen = True
        if self in self._host.displays:
            self._host.displays.remove(self)
        self._handle.update(bundle(self._host.pump.state(), self._run, self._level), raw=True)
        if self._panel is not None:
            self._panel.close()
