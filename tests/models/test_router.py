"""The name of the model chooses the provider."""

from __future__ import annotations

from loomkin_jupyter.core.ports import ModelAnswer, ModelRequest
from loomkin_jupyter.models.client import GatewayClient
from loomkin_jupyter.models.playbook import PlaybookProvider
from loomkin_jupyter.models.router import Router


async def test_each_model_goes_its_way():
    router = Router(GatewayClient(environment={}), PlaybookProvider([]))
    request = ModelRequest(id="r", model="loomkin/playbook", messages=[{"role": "user", "content": "hi"}])
    events = [event async for event in router.stream(request)]
    assert isinstance(events[-1], ModelAnswer)
    assert events[-1].finish == "refused"
    assert (await router.limits("loomkin/playbook")).local
    assert not (await router.limits("openai/gpt-4o-mini")).local
    assert await router.count("openai/gpt-4o-mini", "x" * 8) == 2
    await router.close()
