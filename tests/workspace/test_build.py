"""Opening a workspace: it is heard from the first signal on, and a failed opening leaves nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.signals import ErrorReported, LogWritten, Signal, WorkspaceOpened
from loomkin_jupyter.runtime.portal import Portal
from loomkin_jupyter.workspace.build import open_workspace

pytestmark = pytest.mark.usefixtures("own_home")


async def test_every_signal_is_heard_from_the_first_and_problems_are_told(project: Path):
    (project / ".loomkin.toml").write_text("[agents]\nmots = 5\n")
    heard: list[Signal] = []
    with Portal() as portal:
        workspace = portal.run(open_workspace(project, portal=portal, environment={}, listeners=[heard.append]), 120)
        first = workspace.id
        portal.run(workspace.close(), 120)
        again = portal.run(open_workspace(project, portal=portal, environment={}), 120)
        assert again.id == first
        portal.run(again.close(), 120)
    assert isinstance(heard[0], WorkspaceOpened)
    assert any("mots" in x.message for x in heard if isinstance(x, ErrorReported))
    assert any("loomkin trust" in x.text for x in heard if isinstance(x, LogWritten))
    assert (project / ".loomkin/.gitignore").read_text() == "*\n"


def test_a_failed_opening_leaves_no_thread(tmp_path: Path):
    root = tmp_path / "file"
    root.mkdir()
    (root / ".loomkin").write_text("a file where a folder should be")
    known = set(threading.enumerate())
    before = threading.active_count()
    with Portal() as portal, pytest.raises(LoomkinError) as failed:
        portal.run(open_workspace(root, portal=portal, environment={}), 120)
    assert failed.value.remedy
    # Threads of other tests that are on their way out are none of ours.
    fresh = [t.name for t in threading.enumerate() if t not in known]
    assert not [name for name in fresh if name in ("loomkin-namespace", "loomkin-portal")]
    assert threading.active_count() <= before + 8  # the shared pool's threads may have come
