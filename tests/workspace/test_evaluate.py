"""Running code: what comes out, and that nothing it does gets out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.ports import Evaluation
from loomkin_jupyter.workspace.evaluate import TimeUp, evaluate


def test_value_output_and_changed_names():
    space: dict[str, Any] = {"x": 1, "kept": 2}
    done = evaluate("x = x + 1\nnew = 5\nprint('hello')\nx * 10", space)
    assert (done.ok, done.value, done.stdout, done.changed) == (True, "20", "hello\n", ("new", "x"))
    assert "_" not in space


def test_an_error_is_part_of_the_result_with_its_line():
    done = evaluate("a = 1\nb = a / 0", {})
    assert not done.ok
    assert "ZeroDivisionError" in done.error
    assert "b = a / 0" in done.error
    assert "loomkin_jupyter" not in done.error


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(3)",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise BaseException('out')",
        "import asyncio; raise asyncio.CancelledError",
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
        "def f(): return f()\nf()",
        "globals()[7] = 1; 1 / 0",
    ],
)
def test_nothing_that_code_raises_gets_out(code: str):
    assert not evaluate(code, {}).ok


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout.close()",
        "globals()[7] = 1",
        "'\\ud800'",
        "print('\\ud800')",
        "class R:\n    def __repr__(self): raise KeyError\nR()",
        "class R:\n    def __repr__(self): return 3\nR()",
        "class R:\n    def __getattr__(self, n): raise ValueError(n)\nR()",
    ],
)
def test_strange_values_are_told_as_text_that_can_be_kept(code: str):
    done = evaluate(code, {})
    assert done.ok
    (done.value + done.stdout).encode()


def test_time_up_is_not_swallowed_by_the_code():
    def late() -> None:
        raise TimeUp

    done = evaluate("try:\n    late()\nexcept Exception:\n    pass", {"late": late})
    assert "used up its time" in done.error


@given(st.text() | st.text(alphabet="()[]{}:=+-*/'\"\n x1\\#@,.;\x00é\ud800"))
def test_any_text_is_code_or_an_error(code: str):
    assert isinstance(evaluate(code, {"__builtins__": {}}), Evaluation)
