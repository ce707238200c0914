"""The table of providers, and what a wrong name is told."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.models.prices import limits
from loomkin_jupyter.models.providers import PROVIDERS, base_url, is_loopback, provider_name


def test_every_model_of_the_table_has_a_price():
    models = {model for provider in PROVIDERS for model in provider.tiers if model}
    assert [model for model in sorted(models) if not limits(model, {}).price.known] == []


@pytest.mark.parametrize(
    ("model", "word"),
    [("anthropc/x", "anthropic"), ("claude-x", "anthropic/claude-x"), ("", "openai/"), ("a/", "provider")],
)
def test_wrong_names(model: str, word: str):
    with pytest.raises(ModelFailed) as raised:
        provider_name(model)
    assert word in str(raised.value)


def test_base_urls():
    assert base_url("openai", {"OPENAI_API_BASE": "http://x/v1"}) == ("http://x/v1", True)
    assert base_url("openai", {}) == ("", False)
    assert base_url("ollama", {}) == ("http://localhost:11434", False)
    assert (
        is_loopback("http://127.0.0.1:8/v1") and is_loopback("http://[::1]:8") and not is_loopback("https://api.x.com")
    )


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:11434", True),
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]/v1", True),
        ("http://127.example.org/v1", False),
        ("http://localhost.example.org/v1", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_a_name_that_looks_like_loopback_is_none(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
