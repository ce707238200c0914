"""``@names`` in a request: which agents the user addresses, and which names nobody and nothing has.

Looks only at the user's own words: not at the context that a notebook puts in front of them, and not at code in
backticks. What variables, files and cells say is put in by ``kernel/notebook.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from loomkin_jupyter.core.errors import UsageError, nearest

_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_MENTION = re.compile(r"(?<![\w@.`/])@(cell\[-?\d+\]|In\[-?\d+\]|[A-Za-z_~./][\w./\-]*)")
_CONTEXT_ENDS = "\n\nRequest:\n"
_NO_ADDRESS = frozenset({"user", "lead"})
_OF_A_NOTEBOOK = re.compile(r"error|out|cell\[-?\d+\]|In\[-?\d+\]")


def mentions(request: str) -> list[str]:
    """Return what the user's own words mention, each once, in order, without the ``@``."""
    own = request.rpartition(_CONTEXT_ENDS)[2]
    found = (match.rstrip(".,;:-/") for match in _MENTION.findall(_CODE.sub(" ", own)))
    return [name for name in dict.fromkeys(found) if name]


def addressed(request: str, agents: Iterable[str]) -> tuple[str, ...]:
    """Return the agents whom a request addresses; the lead, who gets every other request, is none of them."""
    names = {agent.casefold(): agent for agent in agents if agent not in _NO_ADDRESS}
    wanted = (names.get(mention.casefold()) for mention in mentions(request))
    return tuple(dict.fromkeys(name for name in wanted if name is not None))


def check_mentions(request: str, agents: Collection[str], variables: Collection[str], root: Path) -> None:
    """Raise UsageError for the first mention that names no agent, variable or file: before anything is sent."""
    known_agents = {agent.casefold() for agent in (*agents, *_NO_ADDRESS)}
    for mention in mentions(request):
        if mention.casefold() in known_agents or mention in variables or _is_there(root / mention):
            continue
        if _OF_A_NOTEBOOK.fullmatch(mention):
            raise UsageError(
                f"@{mention} means something in a notebook only.", "Write what you mean; nothing was sent."
            )
        raise UsageError(
            f"@{mention} names no agent, variable or file of the project.{nearest(mention, [*agents, *variables])}",
            f"Agents: {', '.join(agents) or 'none yet'}; variables come with --data NAME=FILE. Put backticks around an @ "
            "that is meant as it stands. Nothing was sent.",
        )


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # too long a name for a file
