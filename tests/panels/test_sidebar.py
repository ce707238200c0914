# pyright: basic
"""The sidebar as a panel, whole or one part; every part that Python offers exists in the front end."""

from __future__ import annotations

import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from loomkin_jupyter.panels.pump import Pump
from loomkin_jupyter.panels.sidebar import PARTS, SidebarPanel

SOURCE = Path(__file__).parents[2] / "labextension" / "src" / "panels" / "sidebar.ts"


def nothing(command: dict[str, Any]) -> Future[dict[str, Any]]:
    future: Future[dict[str, Any]] = Future()
    future.set_result({"ok": True})
    return future


@pytest.mark.parametrize("part", ["", *PARTS])
async def test_the_part_is_synced(pump: Pump, part: str) -> None:
    panel = SidebarPanel(pump, nothing, panel=part)
    assert panel.get_state("panel") == {"panel": part}
    panel.close()


def test_the_front_end_knows_the_same_parts() -> None:
    table = re.search(r"const PARTS[^{]*\{(.*?)\n\};", SOURCE.read_text(encoding="utf-8"), re.S)
    assert table is not None
    assert sorted(re.findall(r"^  (\w+)", table[1], re.M)) == sorted(PARTS)
