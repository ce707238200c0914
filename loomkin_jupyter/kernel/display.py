# pyright: basic
"""What a cell shows: the live card while the run goes on, then a static bundle without a widget in its place.

The static bundle also replaces the card on a crash, an interrupt and at the kernel's end.
"""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.views.static.bundle import bundle, closed


class RunDisplay:
    """One run's output in its cell; ``feed`` tells of the run until the workspace's own pump does.

    ``level`` is how much of the run the notebook keeps; empty leaves it to the setting ``save.level``.
    """

    def __init__(self, host: Any, run: str, level: str = "", feed: Any = None) -> None:
        self._host = host
        self._feed = feed if feed is not None else host.pump
        self._run = run
        self._chosen = level
        self._panel: Any = None
        self._handle: Any = None
        self._frozen = False
        self._interrupted = ""

    @property
    def run(self) -> str:
        """The run it shows."""
        return self._run

    @property
    def _level(self) -> str:
        """What was chosen, else what the workspace is set to (its default before it is open)."""
        workspace = self._host.workspace
        default = BY_KEY["save.level"].default
        return self._chosen or str(default if workspace is None else workspace.settings["save.level"])

    @property
    def _metadata(self) -> JsonObject:
        return {"loomkin": {"run": self._run, "save": self._level}}

    @property
    def visible(self) -> bool:
        """Whether it is in the cell already."""
        return self._handle is not None

    def content(self) -> JsonObject:
        """Return data and metadata of the output as it is now: for a page that was loaded again and lost it."""
        if self._frozen or self._panel is None:
            data = bundle(self._feed.state(), self._run, self._level, interrupted=self._interrupted)
            return {"data": data, "metadata": self._metadata}
        data, metadata = self._panel._repr_mimebundle_()
        return {"data": data, "metadata": {**metadata, **self._metadata}}

    def show(self, *, live: bool, last: bool = False) -> None:
        """Show the card; without a page to be live on, the static record at once (replaced at the end unless ``last``)."""
        from IPython.core.display_functions import DisplayHandle

        self._frozen = last
        self._handle = DisplayHandle()  # known before anything is sent: an interrupt may come in between
        if live:
            from loomkin_jupyter.panels.run_card import RunCardPanel

            self._panel = RunCardPanel(self._feed, self._host.commands, self._run)
            self._handle.display(self._panel, metadata=self._metadata)
        else:
            static = bundle(self._feed.state(), self._run, self._level)
            self._handle.display(static, raw=True, metadata=self._metadata)
        if not last:
            self._host.displays.append(self)
        self._host.shown[self._run] = self

    def follow(self, feed: Any) -> None:
        """Show what ``feed`` tells from now on."""
        self._feed = feed
        if self._panel is not None:
            self._panel.follow(feed)

    def freeze(self, *, closing: bool = False) -> None:
        """Put the static record in the card's place; from any thread; a second call does nothing.

        ``closing``: the kernel goes away, so a run that has not ended is told as interrupted.
        """
        if self._frozen or self._handle is None:
            return
        self._frozen = True
        if self in self._host.displays:
            self._host.displays.remove(self)
        if closing:
            self._interrupted = closed(self._host.workspace.clock.now())
        content = self.content()
        self._handle.update(content["data"], raw=True, metadata=content["metadata"])
        if self._host.feeds is not None:
            # A page that was loaded after the cell ran does not know this display: the extension puts the record there.
            self._host.feeds.tell({"kind": "ended", "run": self._run, **content})
        if self._panel is not None:
            self._panel.close()
