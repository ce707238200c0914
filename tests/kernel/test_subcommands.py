# pyright: basic
"""Every looking subcommand answers with readable text, and mistakes with the nearest name."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.kernel.magics import SUB_NAMES
from loomkin_jupyter.kernel.subcommands import SUBCOMMANDS


def test_the_names_of_the_magic_are_those_that_exist() -> None:
    assert set(SUB_NAMES) == {*SUBCOMMANDS, "ask", "panel"}
    assert all(fn.__doc__ for fn in SUBCOMMANDS.values())


def test_subcommands_answer_in_words(kernel: Any) -> None:
    for name in (
        "status",
        "team",
        "tasks",
        "queue",
        "graph",
        "cost",
        "keepers",
        "sent",
        "settings",
        "doctor",
        "trust",
        "help",
    ):
        out = kernel.run(f"%loomkin {name}")
        assert not out["error"], (name, out)
        assert out["text"].strip()
        assert not out["text"].lstrip().startswith("{")
    assert "autonomous" in kernel.run("%loomkin trust autonomous")["text"] + kernel.run("%loomkin trust")["text"]


def test_mistakes_name_the_nearest(kernel: Any) -> None:
    assert "Did you mean status" in kernel.run("%loomkin statsu")["error"]
    assert "Did you mean --trust" in kernel.run("%%loomkin --trst strict\nhi")["error"]
    assert "--budget" in kernel.run("%%loomkin --help\nhi")["text"]
    assert "not an open question" in kernel.run("%loomkin approve Q9")["error"]
    assert "names no variable" in kernel.run("%%loomkin\nAudit @nothing_here")["error"]
