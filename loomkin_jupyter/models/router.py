"""One ModelPort in front of several: ``loomkin/…`` is answered here, everything else by the gateway. Keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from loomkin_jupyter.core.ports import ModelEvent, ModelLimits, ModelPort, ModelRequest
from loomkin_jupyter.models.providers import OWN


class Router:
    """Sends each call to the provider its model names."""

    def __init__(self, gateway: ModelPort, playbook: ModelPort) -> None:
        self._gateway = gateway
        self._playbook = playbook

    def _port(self, model: str) -> ModelPort:
        return self._playbook if model.partition("/")[0] == OWN else self._gateway

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Stream from the provider of ``request.model``."""
        return self._port(request.model).stream(request)

    async def limits(self, model: str) -> ModelLimits:
        """Return the limits of ``model``."""
        return await self._port(model).limits(model)

    async def count(self, model: str, text: str) -> int:
        """Return the tokens of ``text`` for ``model``."""
        return await self._port(model).count(model, text)

    async def close(self) -> None:
        """Close both."""
        await self._gateway.close()
        await self._playbook.close()
