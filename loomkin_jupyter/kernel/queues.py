# pyright: basic
"""``%loomkin queue edit|move|delete|squash|restore …``: a person changes what waits for an agent. Sends commands only."""

from __future__ import annotations

from collections.abc import Callable

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject

VERBS = {
    "edit": "edit lead:1 TEXT",
    "move": "move lead:2 1",
    "delete": "delete lead:1",
    "squash": "squash lead, or squash lead:1 lead:2",
    "restore": "restore lead:1",
}


def change_queue(send: Callable[[JsonObject], JsonObject], rest: str) -> str:
    """Carry out one change and say what it did; ``send`` gives the workspace a command and raises when it is refused.

    :raises UsageError: for an unknown verb, or one that lacks something.
    """
    verb, _, words = rest.partition(" ")
    message, _, text = words.strip().partition(" ")
    if verb not in VERBS:
        raise UsageError(f"%loomkin queue has no {verb!r}.{nearest(verb, VERBS)}", f"Choose one of {', '.join(VERBS)}.")
    if not message or (verb in ("edit", "move") and not text.strip()):
        raise UsageError(f"%loomkin queue {rest}: something is missing.", f"Write %loomkin queue {VERBS[verb]}.")
    if verb == "edit":
        send({"do": "queue.edit", "message": message, "text": text.strip()})
        return f"{message} is changed."
    if verb == "move":
        if not text.strip().isdecimal() or int(text) < 1:
            raise UsageError(f"{text.strip()!r} is no place.", "Give a place from 1; 1 is read next.")
        send({"do": "queue.move", "message": message, "place": int(text)})
        return f"{message} is moved to place {int(text)}."
    if verb == "squash":
        names = words.split()
        alone = len(names) == 1 and ":" not in names[0]
        made = send({"do": "queue.squash", **({"agent": names[0]} if alone else {"messages": names})})["message"]
        return (
            f"{made['name']} is made of {made['squashed']} messages. %loomkin queue restore {made['name']} undoes it."
        )
    if text.strip():
        raise UsageError(f"%loomkin queue {verb} takes one message, got {words!r}.", f"Such as {VERBS[verb]}.")
    if verb == "delete":
        send({"do": "queue.delete", "message": message})
        return f"{message} is deleted."
    return f"{message} is {len(send({'do': 'queue.restore', 'message': message})['texts'])} messages again."
