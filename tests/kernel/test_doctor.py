# pyright: basic
"""What is in order and what is not: a table with words and remedies, and the same as lines."""

from __future__ import annotations

import re
from typing import Any

from loomkin_jupyter.kernel.doctor import NOTE, OK, PROBLEM, Check, Report


def _report(*checks: Check) -> Report:
    return Report(list(checks), [("store", "commits 3, failed 0")])


def test_the_headline_counts_what_needs_attention() -> None:
    assert _report(Check(OK, "kernel", "fine")).headline.endswith("everything is in order.")
    two = _report(Check(PROBLEM, "model", "none"), Check(NOTE, "keys", "none"), Check(NOTE, "folder", "new"))
    assert two.headline.endswith("1 problem, 2 notes.")


def _shown(html: str) -> str:
    """Return HTML without what only lays out: sides of cells, places to break, dollars kept from being formulas."""
    return re.sub(r"</?div[^>]*>|<wbr>", "", html).replace("<span>$</span>", "$")


def test_the_table_has_a_word_for_the_status_and_the_remedy() -> None:
    data = _report(Check(PROBLEM, "model", "<none>", "Set one."))._repr_mimebundle_()
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    cells = re.findall("<td[^>]*>(.*?)</td>", _shown(data["text/html"]))
    assert cells[:4] == ["problem", "model", "&lt;none&gt;", "Set one."]
    assert "{" not in data["text/plain"]


def test_a_long_remedy_stands_whole_below_what_was_found() -> None:
    words = "put the key into the environment and ask again " * 6
    lines = _report(Check(PROBLEM, "model", "none", words)).text().splitlines()
    assert lines[1].split() == ["problem", "model", "none"]
    assert lines[2].lstrip().startswith("→ put the key")
    assert " ".join(" ".join(line.split()) for line in lines[2:-3]).removeprefix("→ ") == " ".join(words.split())
    assert max(map(len, lines)) <= 110


def test_a_live_kernel_is_examined(kernel: Any) -> None:
    out = kernel.run("%loomkin doctor")
    assert not out["error"], out
    assert not out["text"]
    html, text = out["displays"][0]["text/html"], out["displays"][0]["text/plain"]
    for words in ("ipykernel", str(kernel.folder), "OPENAI_API_KEY from environment", "openai/scripted", "permissions"):
        assert words in _shown(html), words
    assert "%loomkin trust folder" in text, "the project has rules, and nobody trusts them yet"
    assert kernel.run("import os; print(os.environ['OPENAI_API_KEY'])")["text"].strip() not in html + text


def test_problems_come_first_and_name_the_file(kernel: Any) -> None:
    (kernel.folder / ".loomkin.toml").write_text("nothing.here = 3\n")
    kernel.run("%loomkin trust folder")
    text = kernel.run("%loomkin doctor")["displays"][0]["text/plain"]
    assert text.splitlines()[1].split()[:2] == ["problem", "configuration"], text
