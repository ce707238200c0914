"""Which model each tier uses, and why: chosen by settings, else by the keys found, else the playbook. Never asks anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from loomkin_jupyter.core.status import Tier
from loomkin_jupyter.models.keys import Keys
from loomkin_jupyter.models.providers import BY_NAME, PLAYBOOK, base_url, provider_name


class Tiers(msgspec.Struct, frozen=True):
    """A model for each tier, and a sentence that says how it came to be chosen."""

    fast: str
    default: str
    strong: str
    reason: str = ""

    def model(self, tier: Tier) -> str:
        """Return the model of ``tier``."""
        return {"fast": self.fast, "default": self.default, "strong": self.strong}[tier]

    @property
    def models(self) -> list[str]:
        """The models in use, each once, the strongest first."""
        return list(dict.fromkeys((self.strong, self.default, self.fast)))


def choose_tiers(settings: Mapping[str, Any], keys: Keys, model: str = "") -> Tiers:
    """Return the tiers for ``model``, else for the settings ``model.default``, ``model.fast``, ``model.strong``.

    :raises ModelFailed: when a chosen model names no provider or one that nobody knows.
    """
    chosen = model or str(settings.get("model.default") or "")
    tiers = _around(chosen, keys) if chosen else _by_keys(keys)
    # A model given for this one run is meant for all of it: the tiers of the settings belong to the settings' model.
    own = {} if model else {"fast": settings.get("model.fast"), "strong": settings.get("model.strong")}
    for tier, name in own.items():
        if name:
            provider_name(name)
            tiers = msgspec.structs.replace(tiers, **{tier: name})
    return tiers


def _by_keys(keys: Keys) -> Tiers:
    for provider in keys.providers():
        if provider.default:
            source = next((keys.sources[name] for name in provider.keys if name in keys.sources), "environment")
            return Tiers(*provider.tiers, f"{provider.title}: a key was found ({source})")
    return Tiers(PLAYBOOK, PLAYBOOK, PLAYBOOK, "no model is configured, so the playbook answers (no language model)")


def _around(model: str, keys: Keys) -> Tiers:
    name = provider_name(model)
    provider = BY_NAME.get(name)
    single = Tiers(model, model, model, f"{model} for every tier")
    if provider is None or provider.local or model not in provider.tiers or base_url(name, keys.environment)[1]:
        return single
    fast, default, strong = provider.tiers
    if model == fast:
        return single
    if model == default and model != strong:
        return Tiers(fast, default, default, f"{model} chosen; cheap work goes to {fast}")
    return Tiers(fast, default, strong, f"{model} chosen for judgement; the rest from {provider.title}")
