# pyright: basic
"""What every panel is: an anywidget whose front end is a stub that loads the real one from the server extension.

Batches go out as custom messages; commands come in as custom messages with a ``reply_to`` id and are handed on at once.
The snapshot is read when somebody asks for the widget's state, never pushed.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

import anywidget
import traitlets

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.views.static.document import Block, run_document
from loomkin_jupyter.views.static.html import to_html
from loomkin_jupyter.views.static.markdown import to_markdown
from loomkin_jupyter.views.static.text import summary

Commands = Callable[[JsonObject], "Future[JsonObject]"]

_WORDS_EVERY = 40
"""Batches between two updates of the plain words: at most one in two seconds."""

_STUB = """\
export default async () => {
  const page = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  try {
    if (!page.baseUrl) throw new Error("no Jupyter page");
    const url = new URL(page.baseUrl + "loomkin/static/NAME.js?v=VERSION", location.origin);
    return (await import(url.href)).default;
  } catch {
    return { render({ model, el }) {
      const text = document.createElement("pre");
      const show = () => { text.textContent = model.get("words"); };
      model.on("change:words", show); show(); el.append(text);
      return () => model.off("change:words", show);
    } };
  }
};
"""


class Feed(Protocol):
    """Where a panel gets its batches."""

    def listen(self, listener: Callable[[JsonObject], Any]) -> Callable[[], None]: ...
    def snapshot(self) -> JsonObject: ...
    def state(self) -> JsonObject: ...


def stub(name: str) -> str:
    """Return the small module that loads panel ``name``; it must be absolute, because it runs from a blob."""
    from loomkin_jupyter import __version__

    return _STUB.replace("NAME", name).replace("VERSION", __version__)


class LoomkinPanel(anywidget.AnyWidget):
    """A live panel. ``run`` is the run it shows; '' follows the current one."""

    _esm = stub("run_card")
    snapshot = traitlets.Dict().tag(sync=True)
    run = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    title = "panel"

    def __init__(self, feed: Feed, commands: Commands, run: str = "") -> None:
        self._feed = feed
        self._commands = commands
        self._heard_batches = 0
        super().__init__(snapshot=feed.snapshot(), run=run)
        self.on_msg(self._heard)
        self._leave: Callable[[], None] | None = feed.listen(self._batch)

    def follow(self, feed: Feed) -> None:
        """Take the batches of another feed from now on; the page gets a whole snapshot of it."""
        if self._leave is not None:
            self._leave()
        self._feed = feed
        self._leave = feed.listen(self._batch)
        self._batch(feed.snapshot())

    def blocks(self) -> list[Block]:
        """Return the static document of what the panel shows now."""
        return run_document(self._feed.state(), self.run)

    def say(self) -> None:
        """Bring the plain words of hosts without our server extension up to date."""
        self.words = summary(self.blocks())

    def get_state(self, *args: Any, **kwargs: Any) -> Any:
        """Return the widget's state with a snapshot of this moment (a page was loaded again)."""
        if getattr(self, "_leave", None) is not None:
            with self.hold_trait_notifications():
                self._trait_values["snapshot"] = self._feed.snapshot()
        return super().get_state(*args, **kwargs)

    def close(self) -> None:
        """Stop listening and close the widget."""
        if self._leave is not None:
            self._leave()
            self._leave = None
        super().close()

    def __repr__(self) -> str:
        return f"<Loomkin {self.title}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        blocks = self.blocks()
        texts = {"text/html": to_html(blocks), "text/markdown": to_markdown(blocks), "text/plain": summary(blocks)}
        return {**data, **texts}, metadata

    def _batch(self, batch: JsonObject) -> None:
        self.send(batch)
        self._heard_batches += 1
        if self._heard_batches % _WORDS_EVERY == 1:
            self.say()

    def _heard(self, _: Any, content: Any, buffers: Any) -> None:
        if not isinstance(content, dict) or "do" not in content:
            return
        reply_to = content.get("reply_to", "")

        def reply(future: Future[JsonObject]) -> None:
            self.send({"kind": "reply", "reply_to": reply_to, "reply": future.result()})

        self._commands({k: v for k, v in content.items() if k != "reply_to"}).add_done_callback(reply)
