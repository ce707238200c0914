"""The public names: few, resolved when they are asked for, and dear to nobody who only imports the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import loomkin_jupyter


@pytest.mark.parametrize("name", loomkin_jupyter.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(loomkin_jupyter, name) is not None
    assert name in dir(loomkin_jupyter)


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'tooool'"):
        loomkin_jupyter.tooool  # noqa: B018 # pyright: ignore


def test_importing_the_package_imports_nothing_of_it() -> None:
    code = "import sys, loomkin_jupyter; print([m for m in sys.modules if m.startswith('loomkin_jupyter.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
