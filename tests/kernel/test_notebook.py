# pyright: basic
"""Mentions become context; unknown ones are errors."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.kernel.notebook import Notebook, with_mentions


def told(request: str, root: Path, **variables: Any) -> str:
    return with_mentions(request, shell=SimpleNamespace(user_ns=variables), root=root, agents=["Ada"])


def test_a_variable_is_described_by_its_shape_and_never_by_its_values(tmp_path: Path) -> None:
    text = told("Audit @df, please", tmp_path, df=pd.DataFrame({"age": [31_337], "name": ["Grace"]}))
    assert "shape 1 × 2" in text
    assert "age (int64)" in text
    assert "31337" not in text
    assert "Grace" not in text
    assert text.endswith("Request:\nAudit @df, please")


def test_files_of_the_project_are_given_and_others_are_not(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    (root / ".env").write_text("KEY=secret")
    (tmp_path / "b.py").write_text("y = 2\n")
    assert "x = 1" in told("See @a.py.", root)
    for mention in ("@../b.py", "@.env"):
        with pytest.raises(UsageError):
            told(f"See {mention}", root)


def test_unknown_mentions_are_reported_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean flights"):
        told("Audit @flight", tmp_path, flights=1)


def test_an_agent_is_addressed(tmp_path: Path) -> None:
    assert told("@Ada look", tmp_path) == "@Ada look"
    assert told("@ada look", tmp_path) == "@ada look"


def test_agents_mail_addresses_and_code_are_left_alone(tmp_path: Path) -> None:
    for request in ("@lead look", "write to a@b.org", "use `@cached` here", "no mention"):
        assert told(request, tmp_path) == request


def test_cells_by_count_and_by_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps({"cells": [{"source": ["a = 1"]}, {"source": "b = 2"}]}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    assert Notebook(tmp_path).path == "n.ipynb"
    assert "b = 2" in told("@cell[-1] @In[1]", tmp_path, In=["", "c = 3"])
    assert "c = 3" in told("@In[1]", tmp_path, In=["", "c = 3"])
    for wrong in ("@cell[9]", "@In[7]", "@cell[0]"):
        with pytest.raises(UsageError):
            told(wrong, tmp_path, In=["", "c"])
