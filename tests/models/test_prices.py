"""Limits and prices without loading LiteLLM."""

from __future__ import annotations

from loomkin_jupyter.models import prices


def test_known_local_and_unknown_models():
    known = prices.limits("openai/gpt-4o-mini", {})
    assert (known.window, known.known, known.local, known.loopback) == (128_000, True, False, False)
    assert known.price.input == 1.5e-07
    assert prices.limits("openai/gpt-4o-mini", {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}).loopback
    local = prices.limits("ollama_chat/any", {})
    assert local.local and local.loopback and local.price.known
    assert not prices.limits("ollama_chat/any", {"OLLAMA_API_BASE": "http://gpu:11434"}).loopback
    assert not prices.limits("openai/none-such", {}).price.known


def test_a_name_belongs_to_its_provider():
    assert prices.row("groq/gpt-4o-mini") is None


def test_the_catalogue_can_be_searched():
    assert any(found.model == "openai/gpt-4o-mini" for found in prices.search("gpt-4o mini"))
    assert prices.search("no such model at all") == []
