"""The gate's words: what a request touches, and what a refused agent reads where nobody can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from loomkin_jupyter.core.status import Preset
from loomkin_jupyter.policy.findings import look
from loomkin_jupyter.policy.paths import Confinement
from loomkin_jupyter.policy.request import PermissionRequest, unattended_text


def test_touched_holds_reads_writes_and_what_lies_outside(confinement: Confinement, tmp_path: Path) -> None:
    request = PermissionRequest(
        call="c", agent="ada", role="coder", tool="file_move", kind="write",
        paths=(("a.py", "read"), ("src/b.py", "write"), ("../outside/x", "write")),
    )  # fmt: skip
    found = look(request, confinement)
    assert found.touched == ("a.py", "src/b.py", str(tmp_path / "outside" / "x"))
    assert found.outside == found.outside_writes == (str(tmp_path / "outside" / "x"),)


def test_nobody_there_names_every_way_to_allow_it() -> None:
    levels: tuple[Preset, ...] = get_args(Preset)
    for preset in levels:
        text = unattended_text("shell", preset)
        assert text.startswith("shell needs a person's permission")
        assert f"--trust {preset}" in text
        assert f"LOOMKIN_TRUST={preset}" in text
        assert "LOOMKIN.md" in text
