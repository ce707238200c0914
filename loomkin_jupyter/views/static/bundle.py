"""The three texts of a run's record that a notebook keeps, and the words for a run that was cut off. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.views.static.document import run_document
from loomkin_jupyter.views.static.html import to_html
from loomkin_jupyter.views.static.markdown import to_markdown
from loomkin_jupyter.views.static.text import summary

OUTPUT_MOST = 200_000
GO_ON = "%loomkin resume goes on"


def bundle(state: JsonObject, run: str, level: str = "summary", *, interrupted: str = "") -> dict[str, str]:
    """Return the static bundle of a run; too long a record is told with less detail.

    ``interrupted`` says why a run that the state still calls running is not (``died``, ``closed``); '' means that it is.
    """
    data: dict[str, str] = {}
    for tried in dict.fromkeys((level, "summary", "none")):
        blocks = run_document(state, run, level=tried, interrupted=interrupted)
        data = {"text/html": to_html(blocks), "text/markdown": to_markdown(blocks), "text/plain": summary(blocks)}
        if sum(len(text.encode()) for text in data.values()) < OUTPUT_MOST:
            break
    return data


def died(at: float | None, last_sign: float) -> str:
    """Return the words for a kernel that died: when, or after which sign of life nobody saw it die."""
    when = f"at {_moment(at)}" if at is not None else f"after {_moment(last_sign)}"
    return f"the kernel died {when}; {GO_ON}"


def closed(at: float) -> str:
    """Return the words for a kernel that was shut down or restarted in the middle of a run."""
    return f"the kernel was closed at {_moment(at)}; {GO_ON}"


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
