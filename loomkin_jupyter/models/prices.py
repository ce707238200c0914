"""Limits and prices of models, from the table that LiteLLM ships: read as a file, so that LiteLLM is not imported."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from loomkin_jupyter.core.ports import ModelLimits
from loomkin_jupyter.core.usage import Price
from loomkin_jupyter.models.providers import BY_NAME, base_url, is_loopback

_TABLE = "model_prices_and_context_window_backup.json"
_CHAT = ("chat", "responses", "completion")
FREE = Price(0.0, 0.0, 0.0)


@cache
def table() -> dict[str, dict[str, Any]]:
    """Return the shipped table, empty where LiteLLM is not installed. Reads a file of 2 MB once: blocks for 30 ms."""
    spec = importlib.util.find_spec("litellm")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(place) / _TABLE
        if file.is_file():
            return msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, Any]])
    return {}


def row(model: str) -> dict[str, Any] | None:
    """Return the table's row for ``provider/model``; the provider may be missing from the table's own name."""
    provider, _, rest = model.partition("/")
    own = table().get(model)
    if own is not None:
        return own
    bare = table().get(rest)
    # gpt-4o is OpenAI's row: the same name at another provider has its own price or none.
    return bare if bare is not None and bare.get("litellm_provider") in (provider, f"{provider}_chat") else None


def limits(model: str, environment: Mapping[str, str]) -> ModelLimits:
    """Return what is known of ``model``; an unknown model has the defaults of ModelLimits and no price."""
    provider = model.partition("/")[0]
    known = BY_NAME.get(provider)
    local = known is not None and known.local
    loopback = is_loopback(base_url(provider, environment)[0])
    found = row(model)
    if found is None:
        return ModelLimits(model=model, local=local, loopback=loopback, price=FREE if local else Price())
    return ModelLimits(
        model=model,
        window=_tokens(found, 128_000, "max_input_tokens", "max_tokens"),
        max_output=_tokens(found, 4_096, "max_output_tokens", "max_tokens"),
        tools=bool(found.get("supports_function_calling")),
        vision=bool(found.get("supports_vision")),
        price=FREE if local else _price(found),
        local=local,
        loopback=loopback,
        known=True,
    )


def _tokens(found: Mapping[str, Any], default: int, *names: str) -> int:
    for name in names:
        value = found.get(name)
        if isinstance(value, int | float) and value > 0:
            return int(value)
    return default


def _price(found: Mapping[str, Any]) -> Price:
    def per_token(name: str) -> float | None:
        value = found.get(name)
        return float(value) if isinstance(value, int | float) else None

    return Price(
        per_token("input_cost_per_token"), per_token("output_cost_per_token"), per_token("cache_read_input_token_cost")
    )


def search(text: str, limit: int = 50) -> list[ModelLimits]:
    """Return chat models whose name holds every word of ``text``, the shortest names first."""
    words = text.lower().split()
    names = [
        name if "/" in name else f"{found.get('litellm_provider')}/{name}"
        for name, found in table().items()
        if found.get("mode") in _CHAT and all(word in name.lower() for word in words)
    ]
    return [limits(name, {}) for name in sorted(set(names), key=lambda name: (len(name), name))[:limit]]
