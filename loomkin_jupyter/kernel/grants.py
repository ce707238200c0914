# pyright: basic
"""``%loomkin grants`` and ``%loomkin revoke N``: what may be done without asking again, numbered as the list shows it."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.views.static.document import Heading, Sentence, Table
from loomkin_jupyter.views.static.text import to_text


def grants(host: Any, rest: str) -> str:
    """What was allowed for longer than once."""
    rows = [
        (str(number), grant["tool"], grant["scope"], "this run" if grant["run"] else "always")
        for number, grant in enumerate(_held(host), start=1)
    ]
    if not rows:
        return to_text([Sentence("Nothing is allowed for longer than once.")])
    return to_text([Heading("Grants"), Table(("Number", "Tool", "For", "How long"), tuple(rows))]).strip()


def revoke(host: Any, rest: str) -> str:
    """Take a grant back: revoke 1, as grants numbers them."""
    held = _held(host)
    if not rest.isdigit() or not 1 <= int(rest) <= len(held):
        known = f"from 1 to {len(held)}" if held else "there is none"
        raise UsageError(f"revoke {rest!r}: there is no such grant.", f"%loomkin grants numbers them: {known}.")
    return str(_reply(host, {"do": "revoke", "grant": held[int(rest) - 1]["id"]})["text"])


def _held(host: Any) -> list[JsonObject]:
    return list(_reply(host, {"do": "grants"})["grants"])


def _reply(host: Any, command: JsonObject) -> JsonObject:
    reply: JsonObject = host.do(command)
    if not reply.get("ok"):
        raise LoomkinError(str(reply.get("error", "It failed.")), str(reply.get("remedy", "")))
    return reply
