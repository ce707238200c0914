"""Which playbook a request means: by name, by the mark a teammate left, or by its words. Never guesses below ``least``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from loomkin_jupyter.core.errors import nearest
from loomkin_jupyter.models.playbook.schema import Playbook, PlaybookError
from loomkin_jupyter.models.playbook.transcript import Transcript

_MARK = re.compile(r"\(playbook (?P<name>[\w.-]+)(?P<rest>(?:; \w+=[^;()\n]+)*)\)")
Found = tuple[Playbook, dict[str, Any]]


def find(playbooks: Sequence[Playbook], transcript: Transcript, name: str = "") -> Found | None:
    """Return the playbook for this agent and its variables, None when no playbook fits.

    :raises PlaybookError: when a playbook is asked for by a name that none has.
    """
    marks = [*_MARK.finditer(transcript.start.text), *_MARK.finditer(transcript.system)]
    if marks and transcript.start.kind != "request":
        pairs = (part.partition("=") for part in marks[0]["rest"].split("; ") if part)
        return _named(playbooks, marks[0]["name"]), {key: _plain(value) for key, _, value in pairs}
    request = transcript.start.text
    if name:
        playbook = _named(playbooks, name)
        return playbook, score(playbook, request)[1]
    scored = [(score(playbook, request), playbook) for playbook in playbooks]
    fitting = [(points, values, book) for (points, values), book in scored if points >= book.match.least and points > 0]
    if not fitting:
        return None
    _, values, playbook = max(fitting, key=lambda found: found[0])
    return playbook, values


def score(playbook: Playbook, request: str) -> tuple[int, dict[str, Any]]:
    """Return the points of a request and the variables its patterns found."""
    words = [k for k in playbook.match.keywords if re.search(rf"\b{re.escape(k)}", request, re.IGNORECASE)]
    points, values = len(words), dict[str, Any]()
    for pattern in playbook.match.patterns:
        match = re.search(pattern, request, re.IGNORECASE)
        if match is not None:
            points += 2
            values |= {
                key: value for key, value in match.groupdict().items() if value is not None and key not in values
            }
    return points, values


def none_fits(playbooks: Sequence[Playbook], request: str) -> str:
    """Return what to say when no playbook fits: what can be done, and how to set a model."""
    lines = ["No language model is set, and none of the built-in playbooks fits this request. Nothing was done.", ""]
    if playbooks:
        lines.append("Without a model I can:")
        for book in playbooks:
            words = ", ".join(book.match.keywords[:4])
            lines.append(
                f"- {book.title} (`{book.name}`): {book.about}.{f' Ask with words such as {words}.' if words else ''}"
            )
        lines.append("")
    lines.append(
        "For anything else set a model: put a key such as ANTHROPIC_API_KEY or OPENAI_API_KEY into the environment, or a "
        "private .env, and ask again with `--model provider/model`. `--model ollama_chat/NAME` uses a local one."
    )
    return "\n".join(lines)


def _named(playbooks: Sequence[Playbook], name: str) -> Playbook:
    for playbook in playbooks:
        if playbook.name == name:
            return playbook
    names = [playbook.name for playbook in playbooks]
    raise PlaybookError(
        f"There is no playbook {name!r}.{nearest(name, names)}", f"There are {', '.join(names) or 'none'}."
    )


def _plain(value: str) -> Any:
    return int(value) if re.fullmatch(r"-?\d+", value) else value
