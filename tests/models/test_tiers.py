"""Which models a run uses."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.models.keys import Keys
from loomkin_jupyter.models.providers import BY_NAME, PLAYBOOK
from loomkin_jupyter.models.tiers import choose_tiers

NONE = Keys({}, {})
FAST, DEFAULT, STRONG = BY_NAME["anthropic"].tiers


def test_without_anything_the_playbook_answers():
    assert choose_tiers({}, NONE).models == [PLAYBOOK]


def test_a_key_chooses_its_provider():
    keys = Keys({"ANTHROPIC_API_KEY": "x"}, {"ANTHROPIC_API_KEY": "environment"})
    tiers = choose_tiers({}, keys)
    assert (tiers.fast, tiers.default, tiers.model("strong")) == (FAST, DEFAULT, STRONG)
    assert "Anthropic" in tiers.reason


def test_a_chosen_model_is_the_strongest():
    assert choose_tiers({"model.default": STRONG}, NONE).models == [STRONG, DEFAULT, FAST]
    assert choose_tiers({}, NONE, DEFAULT).models == [DEFAULT, FAST]
    assert choose_tiers({}, NONE, FAST).models == [FAST]


@pytest.mark.parametrize("model", ["ollama_chat/llama3", "openai/gpt-4o-mini", PLAYBOOK, "bedrock/x"])
def test_local_and_unlisted_models_serve_all_tiers(model: str):
    assert choose_tiers({}, NONE, model).models == [model]


def test_an_overridden_url_serves_all_tiers():
    keys = Keys({"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}, {})
    assert choose_tiers({}, keys, STRONG).models == [STRONG]


def test_settings_name_tiers_and_wrong_ones_are_refused():
    settings = {"model.default": STRONG, "model.fast": "groq/x"}
    assert choose_tiers(settings, NONE).fast == "groq/x"
    with pytest.raises(ModelFailed):
        choose_tiers({"model.default": "nonsense/x"}, NONE)
