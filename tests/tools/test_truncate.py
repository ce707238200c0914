"""Cutting: the beginning, the end, and an exact count of what is missing."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.tools.truncate import cut, truncate


@given(st.text("ab\n", max_size=400), st.integers(10, 300))
def test_nothing_is_lost_uncounted(text: str, limit: int) -> None:
    shown = cut(text, limit, "in K1")
    if len(text) <= limit:
        assert shown == text
        return
    head, missing, tail = re.fullmatch(r"(?s)(.*)\n… (\d+) characters .* …\n(.*)", shown).groups()  # type: ignore[union-attr]
    assert text.startswith(head) and text.endswith(tail)
    assert len(head) + int(missing) + len(tail) == len(text)


async def test_a_tail_stays_whole(bench: Any) -> None:
    bench.settings["tools.result_chars"] = 400
    text, keeper = await truncate(bench.ctx, "x", "word " * 500, 'data: {"a": 1}')
    assert text.endswith('data: {"a": 1}') and keeper in text
    assert await truncate(bench.ctx, "x", "short") == ("short", "")
