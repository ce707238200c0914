"""Options of one request: each wrong one is named with what is valid."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.workspace.options import RunOptions, check_options


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (RunOptions(trust="balancd"), "balanced"),
        (RunOptions(share="stat"), "stats"),
        (RunOptions(budget_usd=-1), "--budget"),
        (RunOptions(budget_usd=float("nan")), "--budget"),
        (RunOptions(data={"1x": "f.csv"}), "1x"),
        (RunOptions(data={"x": "/nowhere/f.csv"}), "no such file"),
    ],
)
def test_a_wrong_option_is_named_with_a_remedy(options: RunOptions, named: str):
    with pytest.raises(UsageError, match=named) as failed:
        check_options(options)
    assert failed.value.remedy


def test_valid_options_pass(tmp_path: Path):
    (tmp_path / "f.csv").write_text("x\n")
    check_options(RunOptions(trust="full", share="schema", budget_usd=0.0, data={"f": str(tmp_path / "f.csv")}))


@given(st.builds(RunOptions, model=st.text(), budget_usd=st.none() | st.floats(0, 100), roles=st.tuples(st.text())))
def test_options_come_back_from_the_store_as_they_were(options: RunOptions):
    assert msgspec.convert(msgspec.to_builtins(options), RunOptions) == options
