"""Settings are declared once, with defaults inside their own bounds."""

from __future__ import annotations

import pytest

from loomkin_jupyter.core.settings import BY_KEY, SETTINGS, Setting

_KINDS = {"str": str, "int": int, "float": float, "bool": bool, "choice": str}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_a_declaration_is_sound(setting: Setting) -> None:
    assert isinstance(setting.default, _KINDS[setting.kind])
    assert setting.help
    if setting.kind in ("int", "float"):
        assert setting.low is not None
        assert setting.high is not None
        assert isinstance(setting.default, int | float)
        assert setting.low <= setting.default <= setting.high
    if setting.kind == "choice":
        assert setting.default in setting.choices


def test_keys_are_unique() -> None:
    assert len(BY_KEY) == len(SETTINGS)
