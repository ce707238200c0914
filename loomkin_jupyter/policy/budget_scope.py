"""Arithmetic of limits: what one call needs, what one scope has left. No waiting, no storage; integers only."""

from __future__ import annotations

from collections.abc import Sequence

from loomkin_jupyter.core.usage import Price, Usage, money_text


class Need:
    """What one model call asks for: its prompt, the output it wants and the least it can use."""

    def __init__(self, prompt: int, output: int, least: int, price: Price, *, free: bool = False) -> None:
        self.prompt = prompt
        self.output = output
        self.least = least
        self._price = Price(0.0, 0.0) if free else price

    def cost(self, output: int) -> int:
        """Return nano-dollars for the prompt and ``output`` tokens; an unknown price reserves tokens only."""
        return self._price.cost(Usage(self.prompt, output)) or 0

    def output_for(self, nano: int) -> int:
        """Return the most output tokens that ``nano`` pays for beside the prompt; -1 when not even the prompt fits."""
        if self.cost(self.output) <= nano:
            return self.output
        if self.cost(0) > nano:
            return -1
        low, high = 0, self.output
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.cost(middle) <= nano else (low, middle - 1)
        return low


class Scope:
    """One purse: what it has spent, what open calls hold, and its limits at the moment."""

    def __init__(self, name: str, *, nano: int = 0, tokens: int = 0) -> None:
        self.name = name
        self.nano = nano
        self.tokens = tokens
        self.held = 0
        self.held_tokens = 0
        self.open = 0
        self.limit_nano: int | None = None
        self.limit_tokens: int | None = None

    def count(self, nano: int | None, usage: Usage) -> None:
        """Add a bill."""
        self.nano += nano or 0
        self.tokens += usage.total

    def hold(self, nano: int, tokens: int) -> None:
        """Set money aside."""
        self.held += nano
        self.held_tokens += tokens
        self.open += 1

    def let_go(self, nano: int, tokens: int) -> None:
        """Free what was set aside."""
        self.held -= nano
        self.held_tokens -= tokens
        self.open -= 1

    def output_left(self, need: Need) -> int:
        """Return the output tokens that this scope allows beside the prompt; negative when the prompt does not fit."""
        most = need.output
        if self.limit_nano is not None:
            # A limit that is used up stops even what costs nothing only when it was overrun, never a free model.
            left = self.limit_nano - self.nano - self.held
            most = min(most, need.output_for(left) if need.cost(need.output) else need.output)
        if self.limit_tokens is not None:
            most = min(most, self.limit_tokens - self.tokens - self.held_tokens - need.prompt)
        return most

    def words(self, need: Need) -> tuple[str, str, str, str]:
        """Return (scope, limit, spent, needed) for people, in the unit of the limit that stops."""
        least = need.prompt + need.least
        if self.limit_tokens is not None and self.limit_tokens - self.tokens - self.held_tokens < least:
            return self.name, f"{self.limit_tokens:,} tokens", f"{self.tokens:,} tokens", f"{least:,} tokens"
        return self.name, money_text(self.limit_nano), money_text(self.nano), money_text(need.cost(need.least))


def fits(need: Need, scopes: Sequence[Scope]) -> tuple[int, Scope | None]:
    """Return the output tokens that every scope allows, and the scope that allows the least of them.

    Of scopes equally tight the one with open reservations comes first: waiting for it may help.
    """
    most, tightest = need.output, None
    for scope in sorted(scopes, key=lambda one: -one.open):
        left = scope.output_left(need)
        if left < most:
            most, tightest = left, scope
    return most, tightest
