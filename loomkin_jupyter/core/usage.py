"""Tokens and money. Money is an integer of nano-dollars, rounded once per call; unknown is None, never 0."""

from __future__ import annotations

import msgspec

NANO = 1_000_000_000


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one call or a sum of calls. ``input`` includes ``cached``; ``output`` includes ``reasoning``."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
        )

    @property
    def total(self) -> int:
        """Input and output tokens together."""
        return self.input + self.output


class Price(msgspec.Struct, frozen=True):
    """Dollars per token; None where the table does not know."""

    input: float | None = None
    output: float | None = None
    cached: float | None = None

    @property
    def known(self) -> bool:
        """Whether both directions have a price."""
        return self.input is not None and self.output is not None

    def cost(self, usage: Usage) -> int | None:
        """Return nano-dollars for ``usage``, rounded once, or None when the price is unknown."""
        if self.input is None or self.output is None:
            return None
        cached_price = self.input if self.cached is None else self.cached
        fresh = max(usage.input - usage.cached, 0)
        dollars = fresh * self.input + usage.cached * cached_price + usage.output * self.output
        return round(dollars * NANO)


def dollars(nano: int | None) -> float | None:
    """Return dollars for nano-dollars; None stays None."""
    return None if nano is None else nano / NANO


def money_text(nano: int | None) -> str:
    """Return money as a person reads it: ``$0.0042``, ``$1.20``, ``unknown``."""
    if nano is None:
        return "unknown"
    if nano == 0:
        return "$0.00"
    value = nano / NANO
    return f"${value:.2f}" if abs(value) >= 0.1 else f"${value:.4f}"
