"""State that outlives a call, with a mailbox in front of it. A supervisor runs ``run`` and runs it again after a crash."""

from __future__ import annotations

from typing import Generic, TypeVar

from loomkin_jupyter.runtime.mailbox import Mailbox

T = TypeVar("T")


class Actor(Generic[T]):
    """Subclasses write ``run``; whatever must survive a crash is not in local variables of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mailbox: Mailbox[T] = Mailbox()

    async def run(self) -> None:
        """Be the actor: read the mailbox until there is nothing more to do. Returning ends the actor for good."""
        raise NotImplementedError(f"{type(self).__name__} must define run()")

    def tell(self, message: T, order: int = 0) -> bool:
        """Put ``message`` in the mailbox; False when the actor takes no more."""
        return self.mailbox.put(message, order)

    def statistics(self) -> dict[str, int | bool]:
        """Return the mailbox's counts."""
        return self.mailbox.statistics()
