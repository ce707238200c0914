"""The shipped table of providers: what their keys are called, where they are reached, and their model for each tier."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from loomkin_jupyter.core.errors import ModelFailed, nearest

PLAYBOOK = "loomkin/playbook"
OWN = "loomkin"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One provider. ``keys``: variables of which one must be set (none: no key needed); ``bases``: its URL's variables."""

    name: str
    title: str
    keys: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    base: str = ""
    local: bool = False
    fast: str = ""
    default: str = ""
    strong: str = ""

    @property
    def tiers(self) -> tuple[str, str, str]:
        """Fast, default and strong model, as provider/model; empty where the table names none."""
        return self.fast, self.default, self.strong


def _provider(name: str, title: str, keys: str, bases: str = "", models: str = "", *, base: str = "") -> Provider:
    fast, default, strong = [f"{name}/{model}" for model in models.split()] if models else ("", "", "")
    return Provider(
        name=name,
        title=title,
        keys=tuple(keys.split()),
        bases=tuple(bases.split()),
        base=base,
        local=not keys,
        fast=fast,
        default=default,
        strong=strong,
    )


# The order is the order in which a provider is chosen when several keys are found.
PROVIDERS: tuple[Provider, ...] = (
    _provider(
        "anthropic",
        "Anthropic",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_API_BASE ANTHROPIC_BASE_URL",
        "claude-haiku-4-5 claude-sonnet-4-5 claude-opus-4-5",
    ),
    _provider("openai", "OpenAI", "OPENAI_API_KEY", "OPENAI_BASE_URL OPENAI_API_BASE", "gpt-5-nano gpt-5-mini gpt-5"),
    _provider(
        "gemini",
        "Google Gemini",
        "GEMINI_API_KEY GOOGLE_API_KEY",
        "GEMINI_API_BASE",
        "gemini-2.5-flash-lite gemini-2.5-flash gemini-2.5-pro",
    ),
    _provider("zai", "Z.AI", "ZAI_API_KEY", "ZAI_API_BASE", "glm-4.5-air glm-4.6 glm-4.6"),
    _provider("xai", "xAI", "XAI_API_KEY", "XAI_API_BASE", "grok-4.3 grok-4.6 grok-4.7"),
    _provider(
        "deepseek", "DeepSeek", "DEEPSEEK_API_KEY", "DEEPSEEK_API_BASE", "deepseek-chat deepseek-chat deepseek-reasoner"
    ),
    _provider(
        "mistral",
        "Mistral",
        "MISTRAL_API_KEY",
        "MISTRAL_API_BASE",
        "mistral-small-latest mistral-medium-latest mistral-large-latest",
    ),
    _provider(
        "groq",
        "Groq",
        "GROQ_API_KEY",
        "GROQ_API_BASE",
        "openai/gpt-oss-20b openai/gpt-oss-120b openai/gpt-oss-120b",
    ),
    _provider("openrouter", "OpenRouter", "OPENROUTER_API_KEY OR_API_KEY", "OPENROUTER_API_BASE"),
    _provider("cerebras", "Cerebras", "CEREBRAS_API_KEY", "CEREBRAS_API_BASE"),
    _provider("together_ai", "Together", "TOGETHERAI_API_KEY TOGETHER_AI_API_KEY TOGETHER_API_KEY", ""),
    _provider("fireworks_ai", "Fireworks", "FIREWORKS_API_KEY FIREWORKS_AI_API_KEY", "FIREWORKS_API_BASE"),
    _provider(
        "cohere",
        "Cohere",
        "COHERE_API_KEY CO_API_KEY",
        "COHERE_API_BASE",
        "command-r7b-12-2024 command-r-plus-08-2024 command-a-03-2025",
    ),
    _provider("perplexity", "Perplexity", "PERPLEXITYAI_API_KEY PERPLEXITY_API_KEY", "PERPLEXITY_API_BASE"),
    _provider("nvidia_nim", "NVIDIA", "NVIDIA_NIM_API_KEY", "NVIDIA_NIM_API_BASE"),
    _provider("azure", "Azure OpenAI", "AZURE_API_KEY AZURE_OPENAI_API_KEY AZURE_AD_TOKEN", "AZURE_API_BASE"),
    _provider("vertex_ai", "Google Vertex", "GOOGLE_APPLICATION_CREDENTIALS VERTEXAI_PROJECT VERTEX_PROJECT", ""),
    _provider("ollama_chat", "Ollama", "", "OLLAMA_API_BASE", base="http://localhost:11434"),
    _provider("ollama", "Ollama", "", "OLLAMA_API_BASE", base="http://localhost:11434"),
    _provider("lm_studio", "LM Studio", "", "LM_STUDIO_API_BASE", base="http://localhost:1234/v1"),
    _provider("hosted_vllm", "vLLM", "", "HOSTED_VLLM_API_BASE", base="http://localhost:8000/v1"),
    _provider("llamafile", "llama.cpp", "", "LLAMAFILE_API_BASE", base="http://localhost:8080/v1"),
)

BY_NAME: dict[str, Provider] = {provider.name: provider for provider in PROVIDERS}

# Providers that LiteLLM reaches and this table says nothing of: they are asked without looking for a key first.
OTHERS: frozenset[str] = frozenset(
    [
        "ai21",
        "aiml",
        "anyscale",
        "azure_ai",
        "baseten",
        "bedrock",
        "cloudflare",
        "codestral",
        "databricks",
        "dashscope",
        "deepinfra",
        "empower",
        "featherless_ai",
        "friendliai",
        "galadriel",
        "github",
        "github_copilot",
        "gigachat",
        "huggingface",
        "hyperbolic",
        "lambda_ai",
        "litellm_proxy",
        "meta_llama",
        "moonshot",
        "morph",
        "nebius",
        "novita",
        "nlp_cloud",
        "nscale",
        "oci",
        "openai_like",
        "ovhcloud",
        "petals",
        "predibase",
        "replicate",
        "sagemaker",
        "sagemaker_chat",
        "sambanova",
        "snowflake",
        "text-completion-openai",
        "v0",
        "vercel_ai_gateway",
        "volcengine",
        "voyage",
        "wandb",
        "watsonx",
        "xinference",
    ]
)


def provider_name(model: str) -> str:
    """Return the provider of ``provider/model``.

    :raises ModelFailed: when ``model`` names none, or one that nobody knows.
    """
    name, slash, rest = model.partition("/")
    if not slash or not rest:
        raise ModelFailed(
            "not_found", f"The model {model!r} names no provider.", f"Write provider/model{_guess(model)}."
        )
    if name == OWN or name in BY_NAME or name in OTHERS:
        return name
    raise ModelFailed(
        "not_found",
        f"There is no model provider {name!r} (in {model!r}).{nearest(name, [*BY_NAME, *OTHERS, OWN])}",
        f"Known are {', '.join(BY_NAME)}; {PLAYBOOK} works without any.",
    )


def _guess(model: str) -> str:
    starts = {
        "gpt": "openai",
        "o1": "openai",
        "o3": "openai",
        "o4": "openai",
        "claude": "anthropic",
        "gemini": "gemini",
    }
    starts |= {"grok": "xai", "glm": "zai", "deepseek": "deepseek", "mistral": "mistral", "playbook": OWN}
    found = next((name for start, name in starts.items() if model.startswith(start)), "openai")
    return f", here perhaps {found}/{model}" if model else ", such as openai/gpt-5-mini"


def base_url(provider: str, environment: Mapping[str, str]) -> tuple[str, bool]:
    """Return where ``provider`` is reached, '' where LiteLLM knows, and whether the environment changed it."""
    known = BY_NAME.get(provider)
    if known is None:
        return "", False
    given = next((environment[name] for name in known.bases if environment.get(name)), "")
    return given or known.base, bool(given)


def is_loopback(url: str) -> bool:
    """Return whether ``url`` leads back to this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # no address of this machine; 127.example.org is a name like any other
