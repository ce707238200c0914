"""Taking a change back: the old bytes return, somebody else's writing is never lost."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.store import changes, intents
from loomkin_jupyter.store.changes import Change
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.workspace.undo import _inside, undo_last  # pyright: ignore[reportPrivateUsage]


def digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


async def write(store: Store, root: Path, path: str, content: bytes) -> None:
    """Write as a tool does: the file, and the change with the bytes from before."""
    file = root / path
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    change = Change(call="call_1", agent="coder", path=path, before=digest(before), after=digest(content), team="main")
    await store.transact(lambda tx: changes.add(tx, change, before))


async def test_changes_go_back_newest_first_to_nothing(store: Store, tmp_path: Path):
    root = tmp_path / "p"
    root.mkdir()
    for content in (b"one", b"two\r\n\x00"):
        await write(store, root, "src/a.py", content)
    (root / "src/a.py").chmod(0o640)
    assert "back to what it was" in await undo_last(store, root, "src/a.py", "user")
    assert (root / "src/a.py").read_bytes() == b"one"
    assert (root / "src/a.py").stat().st_mode & 0o777 == 0o640
    assert "removed" in await undo_last(store, root, "", "user")
    assert not (root / "src/a.py").exists()
    with pytest.raises(LoomkinError, match="no change of any file"):
        await undo_last(store, root, "", "user")


async def test_what_somebody_else_wrote_since_is_kept(store: Store, tmp_path: Path):
    await write(store, tmp_path, "a.py", b"one")
    (tmp_path / "a.py").write_bytes(b"mine")
    with pytest.raises(LoomkinError, match="has changed since") as failed:
        await undo_last(store, tmp_path, "a.py", "user")
    assert failed.value.remedy
    assert (tmp_path / "a.py").read_bytes() == b"mine"


async def test_a_write_that_a_kill_cut_off_is_taken_back_only_if_it_was_done(store: Store, tmp_path: Path):
    await write(store, tmp_path, "a.py", b"one")
    change = Change(call="call_2", agent="coder", path="a.py", before=digest(b"one"), after=digest(b"two"), team="main")

    def begin(tx: Tx) -> None:
        intents.begin(tx, "call_2", "coder", "main", "file_write", "a.py", path="a.py")
        changes.add(tx, change, b"one")

    await store.transact(begin)
    (tmp_path / "a.py").write_bytes(b"two")
    assert "back to what it was" in await undo_last(store, tmp_path, "a.py", "user")
    await store.transact(begin)  # this time the kill came before the file was touched
    assert "removed" in await undo_last(store, tmp_path, "a.py", "user")
    assert not (tmp_path / "a.py").exists()


async def test_paths_may_be_given_as_people_write_them(store: Store, tmp_path: Path):
    await write(store, tmp_path, "src/a.py", b"one")
    with pytest.raises(LoomkinError, match=r"Did you mean src/a\.py"):
        await undo_last(store, tmp_path, "src/b.py", "user")
    with pytest.raises(LoomkinError, match="not in the project"):
        await undo_last(store, tmp_path, "/etc/passwd", "user")
    assert "removed" in await undo_last(store, tmp_path, str(tmp_path / "src/../src/a.py"), "user")


async def test_a_file_that_cannot_be_put_back_is_an_error_not_a_crash(store: Store, tmp_path: Path):
    await write(store, tmp_path, "a.py", b"one")
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").mkdir()
    with pytest.raises(LoomkinError, match="could not be put back"):
        await undo_last(store, tmp_path, "a.py", "user")


@given(st.text(max_size=40))
def test_any_path_is_inside_or_refused(path: str):
    root = Path("/work/project")
    try:
        inside = _inside(root, path)
    except (LoomkinError, RuntimeError):  # RuntimeError: a home directory of nobody
        return
    assert not inside.startswith(("/", ".."))
