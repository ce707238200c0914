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
        self._metadata = {"loomkin": {"run": run}}

    @property
    def run(self) -> str:
        """The run it shows."""
        return self._run

    def content(self) -> JsonObject:
        """Return data and metadata of the output as it is now: for a page that was loaded again and lost it."""
        if self._frozen or self._panel is None:
            return {"data": bundle(self._host.pump.state(), self._run, self._level), "metadata": self._metadata}
        data, metadata = self._panel._repr_mimebundle_()
        return {"data": data, "metadata": {**metadata, **self._metadata}}

    def show(self, *, live: bool, last: bool = False) -> None:
        """Show the card; without a page to be live on, the static record at once (replaced at the end unless ``last``)."""
        from IPython.core.display_functions import display

        self._frozen = last
        if live:
            from loomkin_jupyter.panels.run_card import RunCardPanel

            self._panel = RunCardPanel(self._host.pump, self._host.commands, self._run)
            self._handle = display(self._panel, display_id=True, metadata=self._metadata)
        else:
            static = bundle(self._host.pump.state(), self._run, self._level)
            self._handle = display(static, raw=True, display_id=True, metadata=self._metadata)
        if not last:
            self._host.displays.append(self)
        self._host.shown[self._run] = self

    def freeze(self) -> None:
        """Put the static record in the card's place; from any thread; a second call does nothing."""
        if self._frozen or self._handle is None:
            return
        self._frozen = True
        if self in self._host.displays:
            self._host.displays.remove(self)
        content = self.content()
        self._handle.update(content["data"], raw=True, metadata=content["metadata"])
        if self._host.feeds is not None:
            # A page that was loaded after the cell ran does not know this display: the extension puts the record there.
            self._host.feeds.tell({"kind": "ended", "run": self._run, **content})
        if self._panel is not None:
            self._panel.close()
